"""The whole gallery of a vehicle's page: each photo of this car once, in order, at its largest.

The photos that stand together are the gallery; others join it when they lie where its photos lie
or are named as they are. Lists in scripts and structured data are believed as far as they share a
photo with it, or where the page shows none. A picture inside a link to another page is that page's.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.css import select
from crawler.extract.detail_rules import NO_RULES, DetailRules
from crawler.extract.gallery_scripts import lie_together, lie_with, photo_lists, size_rules
from crawler.extract.listed_pictures import json_pictures
from crawler.extract.main_block import main_block, name_words
from crawler.extract.main_vehicle import main_vehicles, subject_of
from crawler.extract.page import Page
from crawler.extract.photo_folding import Photo, enlarge, fold_photos, join_photos, share_a_photo
from crawler.extract.picture_candidates import Candidate, candidates_of
from crawler.extract.picture_urls import picture_identity
from crawler.extract.slides import real_slides
from crawler.extract.structured import structured_vehicles
from crawler.extract.text import class_words, names_of
from crawler.extract.titles import YEAR
from crawler.extract.words import words

__all__ = ["read_gallery"]

GALLERY_NAMES = words("gallery_class")
NOT_GALLERY = words("not_gallery_class")
OTHER_KEY = re.compile(
    r"related|similar|recommend|others?\b|also|recent|featured|inventory|vehicles|cars|listings|"
    r"suggest|comps?\b|logo|icon|banner",
    re.IGNORECASE,
)
# What a script adds to the photos that a page shows, once somebody asks for them.
REST_KEY = re.compile(
    r"^(?:more|rest|remaining|additional|further|extra|lazy)_?(?:images?|photos?|pictures?|slides?)",
    re.IGNORECASE,
)
MAX_UP = 10
MAX_PHOTOS = 1_000


def read_gallery(page: Page, rules: DetailRules = NO_RULES) -> tuple[str, ...]:
    """Return the photo URLs of the page's vehicle. Never raises."""
    block = main_block(page, rules)
    named = {found for selector in rules.gallery for found in select(selector, page.root)}
    candidates = real_slides(candidates_of(page, block.photos, block.cut))
    if named:
        inside = [
            candidate
            for candidate in candidates
            if candidate.element in named
            or any(above in named for above in candidate.element.iterancestors())
        ]
        chosen = inside if len(inside) > FEW else _widened(inside, _gathered(page, candidates))
    else:
        chosen = _gathered(page, candidates)
    said = _structured(page)
    photos = fold_photos(
        [(list(candidate.urls), candidate.identities) for candidate in chosen],
    )
    for group in _script_lists(page, photos, said):
        photos = join_photos(photos, group)
    if said and (not photos or (len(said) > 1 and share_a_photo(photos, said))):
        photos = join_photos(photos, [[(1, url)] for url in said])
    if not photos:
        photos = fold_photos([([(1, url)], (picture_identity(url),)) for url in _social(page)])
    enlarge(photos, size_rules(page))
    return tuple(dict.fromkeys(photo.best for photo in photos))[:MAX_PHOTOS]


FEW = 2


def _widened(inside: list[Candidate], gathered: list[Candidate]) -> list[Candidate]:
    """The gallery that the page shows, where a declared one is but its large photo: other themes of
    the vendor keep the small ones apart."""
    own = {identity for candidate in inside for identity in candidate.identities}
    wider = {identity for candidate in gathered for identity in candidate.identities}
    return gathered if own <= wider else inside


def _gathered(page: Page, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that are this car's: the largest group, and what is like its members."""
    if not candidates:
        return []
    groups = _groups(candidates)
    said = {picture_identity(url) for url in (*_structured(page), *_social(page))}
    words = _subject_words(page)

    def rank(members: list[Candidate]) -> float:
        distinct = len({member.identities[0] for member in members})
        marked = sum(_is_marked(member) for member in members[:40]) / min(40, len(members))
        named = sum(_is_named(member, words) for member in members) / len(members)
        known = any(identity in said for member in members for identity in member.identities)
        aside = sum(_is_aside(member) for member in members[:40]) / min(40, len(members))
        return distinct * (1.0 + marked + 1.5 * named) * (1 - 0.8 * aside) + (8.0 if known else 0.0)

    holder, main = max(groups.items(), key=lambda group: rank(group[1]))
    main = _alike(main, words)
    prefix = _own_prefix(main, words)
    folders = {_folder(member) for member in main}
    stems = {_stem(member) for member in main} - {""}
    members = {id(member) for member in main}
    identities = {identity for member in main for identity in member.identities}
    kept: list[Candidate] = []
    for candidate in candidates:
        own = id(candidate) in members or bool(identities.intersection(candidate.identities))
        if not own and not _is_aside(candidate):
            named = _is_named(candidate, words)
            if prefix is not None:
                own = candidate.identities[0].startswith(prefix)
            else:
                own = named or (
                    _folder(candidate) in folders
                    and (
                        (_is_marked(candidate) and not _is_backdrop(candidate))
                        or (holder is not None and _is_beside(candidate.element, holder))
                        or _stem(candidate) in stems
                        or len(main) < 3
                        or _is_featured(candidate)
                    )
                )
            known = not said.isdisjoint(candidate.identities)
            own = own or (known and (named or prefix is None))
        if own:
            kept.append(candidate)
    return kept


def _alike(members: list[Candidate], words: frozenset[str]) -> list[Candidate]:
    """A group without its outliers: pictures of another folder that nothing ties to the car."""
    if len(members) < 4:
        return members
    folders = Counter(_pattern(member) for member in members)
    common, count = folders.most_common(1)[0]
    if count < 0.6 * len(members):
        return members
    prefix = _own_prefix([m for m in members if _pattern(m) == common], words)
    return [
        member
        for member in members
        if (prefix is not None and member.identities[0].startswith(prefix))
        or (prefix is None and (_pattern(member) == common or _is_named(member, words)))
        or member.marked
        or (prefix is not None and _is_named(member, words))
    ]


def _is_backdrop(candidate: Candidate) -> bool:
    """Whether a picture stands behind a block of the page, as a site's welcome does."""
    return candidate.element.tag in ("div", "section", "header") and not candidate.marked


def _is_beside(element: HtmlElement, holder: HtmlElement) -> bool:
    """Whether an element stands in a block beside the gallery's that bears the same class names, as
    the inside's photos beside the outside's."""
    names, beside = holder.get("class"), holder.getparent()
    if not names:
        return False
    return any(
        above.get("class") == names and above.getparent() is beside
        for above in itertools.islice(element.iterancestors(holder.tag), MAX_UP)
    )


def _groups(candidates: Sequence[Candidate]) -> dict[HtmlElement | None, list[Candidate]]:
    """Candidates by the nearest element around them that holds three of them or more."""
    counts: Counter[HtmlElement] = Counter()
    chains: list[list[HtmlElement]] = []
    for candidate in candidates:
        chain = []
        for step, above in enumerate(candidate.element.iterancestors()):
            if step >= MAX_UP:
                break
            chain.append(above)
        chains.append(chain)
        counts.update(chain)
    groups: dict[HtmlElement | None, list[Candidate]] = {}
    for candidate, chain in zip(candidates, chains, strict=True):
        holder = next(
            (above for above in chain if counts[above] >= 3), chain[-1] if chain else None
        )
        groups.setdefault(holder, []).append(candidate)
    return groups


def _subject_words(page: Page) -> frozenset[str]:
    return frozenset(
        word for word in subject_of(page).words | name_words(page.title) if len(word) > 1
    )


def _is_named(candidate: Candidate, words: frozenset[str]) -> bool:
    """Whether the photo's text or file names the car: its year and a word, or most of its words."""
    for text in (candidate.alt, candidate.urls[0][1].rpartition("://")[2].partition("/")[2]):
        found = name_words(text) & words
        years = {word for word in found if YEAR.fullmatch(word)}
        theirs = set(YEAR.findall(text))
        if (
            theirs
            and not years
            and any(YEAR.fullmatch(word) for word in words)
            and text is candidate.alt
        ):
            return False
        if (years and len(found) >= 2) or len(found - years) >= 2:
            return True
    return False


def _is_marked(candidate: Candidate) -> bool:
    if candidate.marked:
        return True
    node: HtmlElement | None = candidate.element
    for _ in range(6):
        if node is None or node.tag in ("body", "main"):
            return False
        if class_words(node.get("class"), node.get("id")) & GALLERY_NAMES:
            return True
        node = node.getparent()
    return False


def _is_aside(candidate: Candidate) -> bool:
    """Whether the nearest named elements speak of promotion, people or news."""
    node: HtmlElement | None = candidate.element
    for _ in range(5):
        if node is None or node.tag in ("body", "main"):
            return False
        names = names_of(node)
        words = class_words(names)
        if "widget" in words and not WIDGET.search(names):
            words -= {"widget"}
        if words & NOT_GALLERY and not words & {"gallery", "photos", "images", "slider", "swiper"}:
            return True
        if words & GALLERY_NAMES:
            return False
        node = node.getparent()
    return False


WIDGET = re.compile(r"(?:^|\s)(?:widget|sidebar)", re.IGNORECASE)
"""What WordPress names its sidebars' parts. Builders call whatever they place "imageWidget" or
"elementor-widget"."""
FEATURED = re.compile(
    r"wp-post-image|post-thumbnail|featured[-_]?(?:image|photo|img|media)|"
    r"(?:main|hero|lead|cover|article|post|entry|feature)[-_]?(?:image|photo|img|picture)\b",
    re.IGNORECASE,
)


def _is_featured(candidate: Candidate) -> bool:
    """Whether a picture is marked as the one that stands for the page."""
    near = (candidate.element, *itertools.islice(candidate.element.iterancestors(), 2))
    return any(FEATURED.search(names_of(n)) for n in near)


def _folder(candidate: Candidate) -> str:
    return candidate.identities[0].partition("?")[0].rpartition("/")[0]


def _pattern(candidate: Candidate) -> str:
    """The folder with the parts that differ from photo to photo left open: numbers and hashes."""
    return re.sub(
        r"/(?:\d+|[0-9a-f]{2,}|[0-9a-f-]{16,}|[\w-]{20,})(?=/|$)", "/*", _folder(candidate)
    )


def _stem(candidate: Candidate) -> str:
    """What the file names of one camera or one car share: the name up to its first number."""
    name = candidate.identities[0].partition("?")[0].rpartition("/")[2]
    stem = re.match(r"[^\W\d_]+(?:[-_ ][^\W\d_]+)*", name)
    return stem[0] if stem and len(stem[0]) >= 2 else ""


def _own_prefix(members: Sequence[Candidate], words: frozenset[str]) -> str | None:
    """The folder of this car alone that its photos share, None where the folder may hold others'.

    A folder is the car's own when its last part holds a number or the car's name, and is no date.
    """
    if len(members) < 3:
        return None
    paths = [member.identities[0].partition("?")[0].split("/")[:-1] for member in members]
    common: list[str] = []
    for parts in zip(*paths, strict=False):
        top, count = Counter(parts).most_common(1)[0]
        if count < 0.7 * len(members):
            break
        common.append(top)
    while len(common) > 1:
        part = common[-1]
        shared = "/".join(common) + "/"
        dated = re.search(r"/(?:19|20)\d\d/\d\d/$", shared) or re.fullmatch(r"(?:19|20)\d\d", part)
        if not dated and (
            re.search(r"\d{3,}|^[0-9a-f]*\d[0-9a-f]{3,}$", part)
            or len(name_words(part) & words) >= 2
        ):
            return shared
        return None
    return None


def _structured(page: Page) -> list[str]:
    """The photos of the page's own structured data."""
    urls: list[str] = []
    for vehicle in main_vehicles(page):
        urls += vehicle.card.image_urls
    return list({picture_identity(url): url for url in reversed(urls)}.values())[::-1]


def _social(page: Page) -> list[str]:
    """The photo a page names for social networks, where it is none that all pages share."""
    found: list[str] = []
    for said in page.meta("og:image", "og:image:secure_url", "twitter:image", "og:image:url"):
        for group in json_pictures(f'"{said}"', page.link):
            found += [url for _, url in group]
        if not found and (url := page.link(said)):
            found += [url] if re.search(r"/\d{3,4}x\d{3,4}/|image|photo|media", url) else []
    return list(dict.fromkeys(found))


def _script_lists(
    page: Page, photos: Sequence[Photo], said: Sequence[str]
) -> Iterator[list[list[tuple[int, str]]]]:
    """The lists of photos in scripts that are this car's: they share a photo with what is known,
    the page shows fewer than three and the script holds a single list, or their name says that
    they are the rest and they lie where the shown ones lie."""
    known = {identity for photo in photos for identity in photo.identities}
    known |= {picture_identity(url) for url in (*said, *_social(page))}
    lone: list[list[list[tuple[int, str]]]] = []
    singles: list[list[tuple[int, str]]] = []
    other = _other_pictures(page)
    for text, key in photo_lists(page):
        groups = json_pictures(text, page.link)
        if len(groups) < 2 and not (groups and not photos):
            singles += groups
            continue
        identities = [{picture_identity(url) for _, url in group} for group in groups]
        shared = sum(bool(ids & known) for ids in identities)
        if not shared and not other.isdisjoint(itertools.chain(*identities)):
            continue
        if shared and (shared >= 2 or len(photos) < 3 or shared >= 0.3 * len(photos)):
            if not OTHER_KEY.search(key) and lie_together(groups):
                yield groups
        elif not shared and len(photos) < 3 and not OTHER_KEY.search(key) and lie_together(groups):
            lone.append(groups)
        elif REST_KEY.search(key) and lie_with(groups, [photo.best for photo in photos]):
            yield groups
    if len(lone) == 1 and len(lone[0]) > len(photos):
        yield lone[0]
    # A lightbox of one photo beside each: another size of what is shown, and nothing more.
    sizes = [group for group in singles if share_a_photo(photos, [url for _, url in group])]
    if sizes:
        yield sizes


def _other_pictures(page: Page) -> set[str]:
    """The pictures of the cars that structured data list: others, or this one among them."""
    return {
        picture_identity(url)
        for vehicle in structured_vehicles([*page.jsonld, *page.microdata], page.link)
        if vehicle.listed
        for url in vehicle.card.image_urls
    }
