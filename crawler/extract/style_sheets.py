"""Small parts of a page that its style sheet hides: a "Sold" badge that every tile carries.

Site builders put the badges of all states on every tile and hide those that do not hold, by a class
whose rule stands in a style sheet. The rules of a page's own ``<style>`` elements are read; those
of the builders' shared sheets are known by name.
"""

import re

from lxml.html import HtmlElement

__all__ = ["hide_styled"]

KNOWN = frozenset(["w-condition-invisible", "elementor-hidden", "is-invisible", "u-hidden"])
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
ONE_CLASS = re.compile(r"\s*[a-z]*\.([\w-]+)\s*", re.IGNORECASE)
HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
MAX_SHEET, MAX_BADGE = 400_000, 40


def hide_styled(root: HtmlElement) -> None:
    """Set the ``hidden`` attribute on what a class alone hides.

    Only on short texts without links and pictures: panels and tabs are hidden until a script shows
    them, and their cars are for sale all the same.
    """
    names = KNOWN | _hidden_classes(root)
    harmless: set[str | None] = {None}
    for element in root.iter("*"):
        classes = element.get("class")
        if classes in harmless:
            continue
        if names.isdisjoint(classes.split()):
            harmless.add(classes)
        elif _is_small(element):
            element.set("hidden", "")


def _hidden_classes(root: HtmlElement) -> frozenset[str]:
    """The classes that one top-level rule of a style element hides on their own."""
    found: set[str] = set()
    for style in root.iter("style"):
        sheet = COMMENT.sub("", (style.text or "")[:MAX_SHEET])
        for rule in RULE.finditer(_without_conditions(sheet)):
            if HIDES.search(rule[2]):
                for selector in rule[1].split(","):
                    if name := ONE_CLASS.fullmatch(selector):
                        found.add(name[1])
    return frozenset(found)


def _without_conditions(sheet: str) -> str:
    """The sheet without its ``@media`` and other conditional blocks."""
    kept, at = [], 0
    for start in (match.start() for match in re.finditer("@", sheet)):
        if start < at:
            continue
        opening = sheet.find("{", start)
        ending = sheet.find(";", start)
        if opening < 0 or 0 <= ending < opening:
            continue
        depth, end = 1, opening + 1
        while depth and end < len(sheet):
            depth += {"{": 1, "}": -1}.get(sheet[end], 0)
            end += 1
        kept.append(sheet[at:start])
        at = end
    return "".join([*kept, sheet[at:]])


def _is_small(element: HtmlElement) -> bool:
    if any(child.tag in ("a", "img", "picture") for child in element.iter()):
        return False
    return len("".join(element.itertext()).strip()) <= MAX_BADGE
