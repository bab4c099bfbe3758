"""Cleaning of text and labels."""

import pytest

from normalizer.fields.text import Phrases, clean_label, clean_text, fold, words


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (None, None),
        ("", None),
        (" \t\n ", None),
        ("a\x00b", "a b"),
        ("a\ud800b", "ab"),
        ("a\u200bb", "ab"),
        ("\ufeffVIN", "VIN"),
        ("a\u00a0 \r\n b", "a b"),
        ("e\u0301", "é"),
    ],
)
def test_clean_text_drops_what_the_database_or_people_cannot_use(
    raw: str | None, clean: str | None
) -> None:
    assert clean_text(raw) == clean


def test_clean_text_keeps_to_its_limit() -> None:
    assert clean_text("abc " * 100, 10) == "abc abc ab"
    assert clean_text("x", 0) is None


def test_lines_survive_where_they_matter() -> None:
    assert clean_text("a \n\n\n\n b\r\nc", 100, multiline=True) == "a\n\nb\nc"


def test_fold_compares_without_case_accents_and_typography() -> None:
    assert fold("Réservé \u2013 \u2018\uff21\u2019") == "reserve - 'a'"


def test_words_frame_whole_words() -> None:
    assert words("SoldOut") == " sold out "
    assert words("inventory-price__link-sold") == " inventory price link sold "
    assert Phrases(["sold"]).first(words("unsold")) is None
    assert Phrases(["P.O.A."]).first(words("P.O.A.")) == "p o a"


@pytest.mark.parametrize(
    ("raw", "kind", "label"),
    [
        ("N/A", None, None),
        ("-", None, None),
        ("Other", "color", None),
        ("Unknown", "transmission", None),
        ("Auto", "transmission", "Automatic"),
        ("A/T", "transmission", "Automatic"),
        ("4-spd", "transmission", "4-Speed Manual"),
        ("5-Speed Manual", "transmission", "5-Speed Manual"),
        ("Rear Wheel Drive", "drivetrain", "RWD"),
        ("4x4", "drivetrain", "4WD"),
        ("2dr Coupe", "body_style", "Coupe"),
        ("Cabriolet", "body_style", "Convertible"),
        ("BRITISH RACING GREEN", "color", "British Racing Green"),
        ("Gray", "color", "Grey"),
        ("Midnight Blue", "color", "Midnight Blue"),
        ("V8 OHV", None, "V8 OHV"),
    ],
)
def test_labels_have_one_spelling(raw: str, kind: str | None, label: str | None) -> None:
    assert clean_label(raw, kind) == label
