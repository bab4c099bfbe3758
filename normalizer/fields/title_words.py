"""The words of titles that name no car: ``normalizer/policy/title.yml``, ready for look-up."""

from normalizer.fields.makes import compact
from normalizer.policy import Shape, load


class TitlePolicy(Shape):
    """title.yml: bounds of years, marketing words and the words of replicas."""

    earliest_year: int
    latest_year: int
    apostrophe_pivot: int
    marketing: list[str]
    cuts: list[str]
    model_starters: list[str]
    not_the_original: dict[str, list[str]]
    trim_ends: list[str]
    empty_models: list[str]
    not_a_make: list[str]


def is_marketing(token: str) -> bool:
    """Whether dealers write the word around the name of any car; punctuation alone is such."""
    key = compact(token)
    return not key or key in _MARKETING


TITLE_WORDS = load("title", TitlePolicy)
_MARKETING = frozenset(compact(word) for word in TITLE_WORDS.marketing)
