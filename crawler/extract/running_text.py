"""The description of a vehicle with its paragraphs kept, and the lines of its equipment lists."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import unescape

from lxml.html import HtmlElement, fromstring

from crawler.extract.asking_price import tells_price
from crawler.extract.spec_names import label_field
from crawler.extract.text import HEADINGS, fold, is_hidden, text_of
from crawler.extract.unfolding import MORE, is_unfolded
from crawler.extract.words import words

__all__ = [
    "Description",
    "is_unfolded",
    "paragraphs_of",
    "plain_paragraphs",
    "read_description",
    "read_options",
]

BLOCKS = HEADINGS | words("block_tag")
NAMES = re.compile(
    r"descri|comment|overview|remark|narrative|story|about[-_]?(?:this|the|vehicle|car)|writeup|"
    r"write[-_]?up|beschreib|bemerk|omschrijving|beschrijving|descrizione|notes?(?:$|[\s_-])|"
    r"vehicle[-_]?text|long[-_]?text|post[-_]?content|entry[-_]?content|full[-_]?text|listing[-_]?body",
    re.IGNORECASE,
)
NOT_NAMES = re.compile(
    r"meta|seo|short|excerpt|teaser|price|image|photo|caption|dealer[-_]?(?:info|descr)|"
    r"company|site[-_]?descr|form|input|label|title|tab[-_]?nav|disclaimer",
    re.IGNORECASE,
)
TITLES = re.compile(
    r"^\W*(?:(?:vehicle|car|full|detailed|seller'?s?|dealer'?s?|the|our|complete|general) )*"
    r"(?:description|overview|comments?|notes?|remarks?|details|story|narrative|highlights|about "
    r"(?:this|the) .{1,40}|history|beschreibung|(?:fahrzeug)?beschrieb|"
    r"fahrzeugbeschreibung|fahrzeugdetails|bemerkungen?|description du "
    r"v[ée]hicule|descriptif|commentaires?|descrizione|note|omschrijving|beschrijving|"
    r"opmerkingen|descripci[óo]n|beskrivning|beskrivelse|summary|information|informations?)\W*$",
    re.IGNORECASE,
)
OPTION_TITLES = re.compile(
    r"^\W*(?:(?:vehicle|car|key|main|standard|optional|factory|additional|all|top|special|other|"
    r"installed|notable|safety|comfort|interior|exterior|mechanical|convenience|entertainment) )*"
    r"(?:options?|features?|equipment|extras|accessories|highlights|packages|amenities|"
    r"(?:sonder|serien)?ausstattung(?:en|smerkmale)?|sonderausstattung|extras?|[ée]quipements?"
    r"(?: et options)?|options? et [ée]quipements?|dotazion[ei]|optional|equipaggiament[oi]|"
    r"accessori|accessoires|opties|uitrusting|opties en accessoires|equipamiento|utrustning|"
    r"udstyr)(?: (?:&|and|und|et|e|en) .{1,30})?\W*$",
    re.IGNORECASE,
)
OPTION_NAMES = re.compile(
    r"options?(?:$|[\s_-])|features?(?:$|[\s_-])|equipment|ausstattung|equipement|dotazion|"
    r"uitrusting|opties|accessor|amenit",
    re.IGNORECASE,
)
BOILERPLATE = re.compile(
    r"cookie|privacy policy|all rights reserved|©|by (?:submitting|clicking|providing)|"
    r"terms (?:of|and)|not responsible for|subject to (?:prior sale|change)|newsletter|"
    r"consent to receive|message and data rates|javascript|plus (?:government|tax)",
    re.IGNORECASE,
)
LEAST = 60
MAX_DESCRIPTION, MAX_OPTION, MAX_OPTIONS = 60_000, 200, 600
MAX_BLOCKS = 2_000
"""How many holders are tried, those with many elements counting more."""


class Description:
    """A description's text and the elements it stands in."""

    def __init__(self, text: str, elements: Collection[HtmlElement]) -> None:
        self.text = text
        self.elements = elements


def paragraphs_of(element: HtmlElement, without: Collection[HtmlElement] = ()) -> str:
    """Return an element's readable text, one line to a line break, an empty line between blocks."""
    pieces: list[str] = []
    stack: list[HtmlElement | str] = [element]
    first = True
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        tag = node.tag
        if not first and (not isinstance(tag, str) or node in without or _is_unread(node)):
            continue
        first = False
        if tag == "br":
            pieces.append("\n")
            continue
        edge = (
            "\n\n" if tag in BLOCKS and tag not in ("li", "tr") else "\n" if tag in BLOCKS else ""
        )
        pieces.append(edge)
        if node.text:
            pieces.append(re.sub(r"\s+", " ", node.text))
        following: list[HtmlElement | str] = []
        for child in node:
            following.append(child)
            if child.tail:
                following.append(re.sub(r"\s+", " ", child.tail))
        # A line of a list ends where the next one begins.
        ending = "" if edge == "\n" else edge
        following.append(ending or (" " if tag in ("td", "th", "span") else ""))
        stack.extend(reversed(following))
    return _tidy("".join(pieces))


def _is_unread(node: HtmlElement) -> bool:
    if node.tag in ("button", "input", "select", "form", "nav", "img"):
        return True
    # What a "read more" button reveals is text; a style hides it until then.
    return (is_hidden(node) and not is_unfolded(node)) and (
        node.tag in ("script", "style", "template", "noscript", "svg", "iframe", "object")
        or not re.search(
            r"more|full|rest|collaps|expand|hidden-text|content", node.get("class") or "", re.I
        )
    )


def _tidy(text: str) -> str:
    text = text.replace("\u200b", "").replace("\xa0", " ")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    lines = [line for line in lines if not MORE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def plain_paragraphs(text: str) -> str:
    """Return a text that may be HTML as plain text with its paragraphs."""
    if "<" in text or "&" in text:
        text = unescape(text) if "&lt;" in text else text
        if re.search(r"<\w+[^>]*>", text):
            try:
                return paragraphs_of(fromstring(f"<div>{text}</div>"))
            except (ValueError, TypeError):
                return ""
        text = unescape(text)
    return _tidy(text.replace("\r\n", "\n"))


def read_description(
    texts: Sequence[HtmlElement], cut: Mapping[HtmlElement, str]
) -> Description | None:
    """Return the vehicle's description: what is named or headed as one, else the longest run of
    paragraphs; None where no running text stands."""
    best: tuple[float, str, HtmlElement | Sequence[HtmlElement]] | None = None
    allowed = set(texts)
    inside: set[HtmlElement] = set()
    tried = 0
    for holder, bonus in _holders(texts):
        elements = list(holder) if isinstance(holder, tuple) else [holder]
        if any(element in inside for element in elements) and bonus < 2:
            continue
        if tried > MAX_BLOCKS:
            break
        left, size = _left_out(elements, cut, allowed)
        tried += 1 + size // 100
        text = "\n\n".join(part for element in elements if (part := paragraphs_of(element, left)))
        prose = _prose(text)
        if prose < LEAST or len(text) > MAX_DESCRIPTION:
            continue
        score = bonus * 1_000 + prose * (prose / max(1, len(text))) ** 1.5
        if best is None or score > best[0]:
            best = (score, text, holder)
            if bonus >= 2:
                inside.update(elements)
    if best is None:
        return None
    holders = best[2] if isinstance(best[2], tuple) else (best[2],)
    covered = {inner for element in holders for inner in element.iter("*")}
    return Description(best[1], covered)


def _holders(
    texts: Sequence[HtmlElement],
) -> Iterator[tuple[HtmlElement | tuple[HtmlElement, ...], float]]:
    """What may hold the description, with how much its names speak for it."""
    parents: dict[HtmlElement, None] = {}
    for element in texts:
        tag = element.tag
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.get("itemprop") == "description":
            yield element, 3.0
        elif tag in ("div", "section", "article", "td", "p", "span", "dd", "pre") and (
            names.strip() and NAMES.search(names) and not NOT_NAMES.search(names)
        ):
            yield element, 2.0
        if (tag in HEADINGS or tag in ("strong", "b", "dt", "summary", "legend", "span")) and (
            TITLES.match(text_of(element)[:60])
        ):
            yield from _headed(element)
        if tag in ("p", "div", "span", "td", "pre", "li", "section", "article"):
            own = fold(" ".join([element.text or "", *(child.tail or "" for child in element)]))
            if len(own) >= LEAST:
                yield element, 0.0
                parent = element.getparent()
                if parent is not None and tag == "p":
                    parents[parent] = None
    for parent in parents:
        if run := _paragraphs(parent):
            yield run, 0.3


def _paragraphs(parent: HtmlElement) -> tuple[HtmlElement, ...]:
    """The paragraphs and lists of a block from its first to its last long paragraph."""
    children = [child for child in parent if isinstance(child.tag, str)]
    long = [
        index
        for index, child in enumerate(children)
        if _is_paragraph(child) and _prose(paragraphs_of(child)) >= LEAST
    ]
    if not long:
        return ()
    end = long[-1] + 1
    while end < len(children) and children[end].tag in ("p", "ul", "ol", "blockquote"):
        end += 1
    run = children[long[0] : end]
    return tuple(
        child
        for child in run
        if child.tag in ("p", "ul", "ol", "blockquote", "h3", "h4") or _is_paragraph(child)
    )


def _is_paragraph(child: HtmlElement) -> bool:
    return child.tag == "p" or (is_hidden(child) and is_unfolded(child))


def _headed(heading: HtmlElement) -> Iterator[tuple[tuple[HtmlElement, ...], float]]:
    """What follows a heading up to the next one, here or behind the block it leads."""
    node = heading
    for _ in range(3):
        followers: list[HtmlElement] = []
        for sibling in node.itersiblings():
            if not isinstance(sibling.tag, str):
                continue
            if sibling.tag in HEADINGS or (
                heading.tag not in HEADINGS and sibling.tag == heading.tag
            ):
                break
            followers.append(sibling)
            if len(followers) >= 200:
                break
        if followers:
            yield tuple(followers), 2.0
            return
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "main"):
            return
        node = parent


def _left_out(
    elements: Sequence[HtmlElement],
    cut: Mapping[HtmlElement, str],
    allowed: Collection[HtmlElement],
) -> tuple[set[HtmlElement], int]:
    """What does not belong to a description inside its holder: cut parts, tables of facts, titles
    of sections; and how many elements were looked at."""
    left: set[HtmlElement] = set()
    size = 0
    for element in elements:
        for inner in element.iter("*"):
            if (
                (cut.get(inner) in ("cut", "hidden") and inner not in allowed)
                or inner.tag in ("table", "dl", "form")
                or (
                    inner.tag in HEADINGS
                    and (
                        TITLES.match(text_of(inner)[:60])
                        or OPTION_TITLES.match(text_of(inner)[:60])
                    )
                )
                or (inner.tag == "ul" and _is_fact_list(inner))
            ):
                left.add(inner)
    return left, size


def _is_fact_list(items: HtmlElement) -> bool:
    lines = [text_of(item) for item in items if item.tag == "li"]
    if len(lines) < 2:
        return False
    labelled = sum(
        bool(label_field(line.partition(":")[0])) if ":" in line else False for line in lines
    )
    return labelled >= 0.5 * len(lines)


def _prose(text: str) -> float:
    """How many characters of a text are sentences about something, not boilerplate or facts."""
    amount = 0
    for line in text.split("\n"):
        if len(line) < 25 and not line.endswith((".", "!", "?")):
            continue
        if BOILERPLATE.search(line):
            continue
        if len(line) < 60 and (":" in line[:30] or tells_price(line)):
            continue
        amount += len(line)
    return amount


def read_options(texts: Sequence[HtmlElement], description: Description | None) -> tuple[str, ...]:
    """Return the lines of the lists that stand under a heading, or a name, of equipment."""
    found: dict[str, None] = {}
    lists: dict[HtmlElement, None] = {}
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
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
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
    return tuple(found)


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
