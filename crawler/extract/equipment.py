"""The lines of equipment lists: what stands under a heading, or a name, of equipment."""

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.running_text import OPTION_TITLES
from crawler.extract.spec_names import label_field
from crawler.extract.text import HEADINGS, fold, names_of, text_of

__all__ = ["MAX_OPTION", "MAX_OPTIONS", "read_options"]

OPTION_NAMES = re.compile(
    r"options?(?:$|[\s_-])|features?(?:$|[\s_-])|equipment|ausstattung|equipement|dotazion|"
    r"uitrusting|opties|accessor|amenit",
    re.IGNORECASE,
)
MAX_OPTION, MAX_OPTIONS = 200, 600


def read_options(texts: Sequence[HtmlElement]) -> tuple[str, ...]:
    """Return the lines of the lists that stand under a heading, or a name, of equipment."""
    found: dict[str, None] = {}
    lists: dict[HtmlElement, None] = {}
    rows: list[HtmlElement] = []
    allowed = set(texts)
    for element in texts:
        tag = element.tag
        if (
            tag in HEADINGS
            or tag in ("strong", "b", "dt", "summary", "legend", "p", "span", "div", "button", "a")
        ) and len(element) <= 3:
            text = text_of(element)
            if 4 <= len(text) <= 60 and OPTION_TITLES.match(text):
                lists.update(dict.fromkeys(_lists_after(element)))
                if tag in HEADINGS:
                    rows += _rows_after(element)
        names = names_of(element)
        if tag in ("ul", "ol", "div", "section", "td") and OPTION_NAMES.search(names):
            lists.update(
                dict.fromkeys(
                    inner for inner in element.iter("ul", "ol") if tag != "div" or len(lists) < 40
                )
            )
    for one in lists:
        if one not in allowed and (one.getparent() not in allowed):
            continue
        for line in _items(one):
            if len(found) < MAX_OPTIONS:
                found.setdefault(line, None)
    if not found:
        found = dict.fromkeys(text_of(row) for row in rows if row in allowed)
    return tuple(found)[:MAX_OPTIONS]


def _rows_after(title: HtmlElement) -> Sequence[HtmlElement]:
    """The rows of a list made of plain elements of one build, which stand behind its title or in
    the one element behind it; none where they are pairs, prose or links."""
    rows = [row for row in title.itersiblings() if isinstance(row.tag, str)]
    if len(rows) == 1:
        rows = [row for row in rows[0] if isinstance(row.tag, str)]
    if len(rows) < LEAST_ROWS or len({(row.tag, row.get("class")) for row in rows}) > 1:
        return ()
    return rows if all(_is_row(row) for row in rows) else ()


LEAST_ROWS, MAX_ROW = 3, 80


def _is_row(row: HtmlElement) -> bool:
    text = text_of(row)
    worded = sum(bool(text_of(inner)) for inner in row if isinstance(inner.tag, str))
    return (
        row.tag in ("div", "span", "p", "label")
        and 2 <= len(text) <= MAX_ROW
        and not text.endswith(".")
        and label_field(text.partition(":")[0].strip()) is None
        and worded <= 1
        and next(row.iter("a", "img", "input", *HEADINGS), None) is None
    )


def _lists_after(title: HtmlElement) -> Iterator[HtmlElement]:
    """The lists that follow a heading up to the next heading."""
    node = title
    for _ in range(3):
        seen = False
        for sibling in node.itersiblings():
            if not isinstance(sibling.tag, str):
                continue
            if sibling.tag in HEADINGS and node.tag in HEADINGS and sibling.tag <= node.tag:
                break
            if sibling.tag == node.tag and node.tag not in ("div", "a", "button", "span", "p"):
                break
            if sibling.tag in ("ul", "ol", "dd", "table"):
                seen = True
                yield sibling
            else:
                inner = list(sibling.iter("ul", "ol"))
                if next(sibling.iter(*HEADINGS), None) is not None and node.tag not in HEADINGS:
                    break
                if inner:
                    seen = True
                    yield from inner
        if seen:
            return
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "main") or len(parent) > 4:
            return
        node = parent


def _items(one: HtmlElement) -> Iterator[str]:
    for item in one.iter("li", "td"):
        if next(item.iter("ul", "ol"), None) is not None:
            inner = fold(item.text or "")
        else:
            inner = text_of(item)
        inner = inner.strip(" •·-–*✓✔")
        label, colon, _ = inner.partition(":")
        if not 2 <= len(inner) <= MAX_OPTION or (colon and label_field(label)):
            continue
        if any(anchor.get("href", "#")[:1] not in "#" for anchor in item.iter("a")):
            continue
        yield inner
