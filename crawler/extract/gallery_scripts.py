"""The lists of photos that scripts hold for a gallery to be built from."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from crawler.extract.flight import MARK, flight_text
from crawler.extract.main_block import own_scripts
from crawler.extract.page import Page
from crawler.extract.picture_urls import picture_identity

__all__ = ["lie_together", "lie_with", "photo_lists", "size_rules"]

SCRIPT_KEY = re.compile(
    r"[\"']?([\w$.-]*(?:images?|photos?|gallery|pictures?|slides?|media|dynamicEl|items|fotos|"
    r"bilder))[\"']?\]?\s*(?:[:=]|,)\s*(?:JSON\.parse\(['\"])?\s*(?=[\[{])|\.push\(|"
    r"(?:dynamicEl|dataSource)\s*:\s*(?=\[)",
    re.IGNORECASE,
)
MAX_SCRIPT, MAX_LIST = 3_000_000, 600_000


def lie_together(groups: Sequence[Sequence[tuple[int, str]]]) -> bool:
    """Whether the photos of a list lie in one place, as one car's do."""
    patterns = Counter(_place(group[0][1]) for group in groups)
    return patterns.most_common(1)[0][1] >= 0.7 * len(groups)


def lie_with(groups: Sequence[Sequence[tuple[int, str]]], urls: Collection[str]) -> bool:
    """Whether the photos of a list lie where all of these pictures lie."""
    places = {_place(url) for url in urls}
    return len(places) == 1 and all(_place(group[0][1]) in places for group in groups)


def _place(url: str) -> str:
    """A picture's folder without the numbers and hashes that differ from photo to photo."""
    return FOLDERS.sub("*", picture_identity(url).rpartition("/")[0])


FOLDERS = re.compile(r"[0-9a-f]{8,}|\d+|(?<=/)[a-z](?=/|$)")
"""What differs between the folders of one car's photos; Magento's are the name's first letters."""


def photo_lists(page: Page) -> Iterator[tuple[str, str]]:
    """The texts of lists that scripts assign to a name like ``images``, or hand to a gallery by
    another name, with that name."""
    for text in _texts(page):
        end = 0
        yield from _handed(text[:MAX_SCRIPT])
        for match in SCRIPT_KEY.finditer(text[:MAX_SCRIPT]):
            if match.start() < end or text[match.end() : match.end() + 1] not in ("[", "{"):
                continue
            close = _closing(text, match.end())
            if close is None:
                return  # What follows an unclosed list cannot be told apart from it.
            end = close
            if OTHERS_BEFORE.search(text, max(0, match.start() - REACH), match.start()):
                continue
            yield text[match.end() : close], match[1] or ""


def size_rules(page: Page) -> dict[str, str]:
    """How scripts make the address of a large picture from a small one's: what they replace by what
    (``src.replace('_thumb', '')``)."""
    return {
        match[2]: match[3]
        for text in _texts(page)
        for match in REPLACED.finditer(text[:MAX_SCRIPT])
        if SMALL.search(match[2])
    }


REPLACED = re.compile(
    r"\.replace\(\s*(['\"/])([\w./-]{1,20}?)\1[gi]*\s*,\s*['\"]([\w./-]{0,20})['\"]\s*\)"
)
SMALL = re.compile(
    r"thumb|small|tn|medium|preview|mini|\d{2,4}x\d{2,4}|^[-_./]?(?:s|t|m|th|sm)[-_./]?$", re.I
)


def _texts(page: Page) -> Iterator[str]:
    """The texts of scripts that may hold a gallery; Next's flight rows, which scripts push in
    pieces, as one."""
    for script in own_scripts(page):
        text = script.text or ""
        if len(text) < 30 or MARK in text or "ld+json" in (script.get("type") or ""):
            continue
        yield text
    yield flight_text(page)


def _handed(text: str) -> Iterator[tuple[str, str]]:
    """The lists that a script names first and then hands over: ``dataSource: data``."""
    names = dict.fromkeys(match[1] for match in HANDED.finditer(text))
    for name in list(names)[:MAX_NAMES]:
        if SCRIPT_KEY.match(f"{name} = ["):
            continue  # Told by its own name.
        match = re.search(rf"\b{re.escape(name)}\s*=\s*(?=\[)", text)
        if match is None or OTHERS_BEFORE.search(
            text, max(0, match.start() - REACH), match.start()
        ):
            continue
        if close := _closing(text, match.end()):
            yield text[match.end() : close], name


# One letter is what a library's own names are shortened to.
HANDED = re.compile(
    r"(?:dataSource|dynamicEl|slides|images|photos|items|gallery|pictures)[\"']?\s*:\s*"
    r"([A-Za-z_$][\w$]+)\s*[,}\n]"
)
MAX_NAMES = 20


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at ``start`` closes; quotes are respected."""
    depth = 0
    for token in BRACKETS.finditer(text, start, min(len(text), start + MAX_LIST)):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
            if not depth:
                return token.end()
    return None


OTHERS_BEFORE = re.compile(
    r"related|similar|recommend|(?:other|more|recent(?:ly)?|suggested)_?-?(?:vehicles|cars|viewed)",
    re.IGNORECASE,
)
REACH = 1_000
BRACKETS = re.compile(r"[\[\]{}]|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
