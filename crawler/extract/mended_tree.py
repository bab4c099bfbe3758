"""Trees as browsers build them, where the parser builds another one.

libxml2 leaves a row inside whatever its author forgot to close (``<td><font>… <tr>``), and a shadow
root as a template that nobody sees; a browser closes the one and draws the other.
"""

from itertools import takewhile

from lxml.etree import _Element as Element

__all__ = ["mend"]

ROW_HOLDERS = frozenset(["table", "tbody", "thead", "tfoot"])
CELLS = ("td", "th")


def mend(root: Element, html: str) -> None:
    """Put rows and cells out of what was left open, and draw declarative shadow roots, in place."""
    if "<tr" in html or "<TR" in html:
        _free(root, ("tr",), ROW_HOLDERS)
        _free(root, CELLS, frozenset(["tr"]))
    if "shadowroot" in html:
        for template in list(root.iter("template")):
            if template.get("shadowrootmode") or template.get("shadowroot"):
                _draw(template)


def _free(root: Element, tags: tuple[str, ...], holders: frozenset[str]) -> None:
    """Move each misplaced row or cell behind the one that it stands in, within its table."""
    for element in list(root.iter(*tags)):
        parent = element.getparent()
        if parent is None or parent.tag in holders or parent.tag == "template":
            continue
        inside = takewhile(lambda node: node.tag != "table", element.iterancestors())
        holder = next((node for node in inside if node.tag in tags), None)
        if holder is not None:
            holder.addnext(element)


def _draw(template: Element) -> None:
    """Show a shadow root in its host: what its slots name stands in them, what no slot names is not
    drawn."""
    host = template.getparent()
    if host is None:
        return
    light = [child for child in host if child is not template and isinstance(child.tag, str)]
    slots = {slot.get("name") or "": slot for slot in reversed(list(template.iter("slot")))}
    filled: set[str] = set()
    text = " ".join(filter(None, [host.text, *(child.tail for child in host)])).strip()
    host.text = None
    for child in light:
        host.remove(child)
        child.tail = None
        name = child.get("slot") or ""
        if name in slots:
            if name not in filled:
                _empty(slots[name])
                filled.add(name)
            slots[name].append(child)
    if text and "" in slots:
        if "" not in filled:
            _empty(slots[""])
        slots[""].text = text
    template.tag = "div"
    del template.attrib["shadowrootmode" if "shadowrootmode" in template.attrib else "shadowroot"]


def _empty(slot: Element) -> None:
    """Take away what a slot shows where nothing fills it."""
    for child in list(slot):
        slot.remove(child)
    slot.text = None
