"""Identity numbers of invented cars: chassis numbers of the old schemes and 17-character VINs with
a right check digit.

The check digit is the North American one (49 CFR 565.15). Patterns are explained at the head of
`data/catalogue.yml`.
"""

from random import Random

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
YEAR_CODES = "ABCDEFGHJKLMNPRSTVWXY123456789"
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VALUES = dict(zip("ABCDEFGH", range(1, 9), strict=True))
VALUES |= dict(zip("JKLMN", range(1, 6), strict=True)) | {"P": 7, "R": 9}
VALUES |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
VALUES |= {str(digit): digit for digit in range(10)}


def check_digit(vin: str) -> str:
    """The right character for position 9 of a 17-character VIN, whatever stands there now."""
    total = sum(VALUES[char] * weight for char, weight in zip(vin, WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def make_vin(pattern: str, year: int, serial: int, rng: Random) -> str:
    """A chassis number or VIN after the pattern; the `_` of a 17-character one becomes its check
    digit.
    """
    code = YEAR_CODES[(year - 1980) % 30]
    text = pattern.format(y=year % 10, yy=f"{year % 100:02d}", c=code)
    # The last digits spell the serial, scattered, so that two cars of one maker and dealer differ.
    places = [place for place, char in enumerate(text) if char == "#"][-3:]
    digits = f"{serial * 37 % 1000:03d}"
    chars = [_draw(char, rng) for char in text]
    for place, digit in zip(reversed(places), reversed(digits), strict=False):
        chars[place] = digit
    drawn = "".join(chars)
    if "_" not in drawn:
        return drawn
    filled = drawn.replace("_", "0")
    if len(filled) != 17:
        raise ValueError(f"the pattern {pattern!r} gives {len(filled)} characters, not 17")
    return drawn.replace("_", check_digit(filled))


def _draw(char: str, rng: Random) -> str:
    if char == "#":
        return rng.choice("0123456789")
    return rng.choice(LETTERS) if char == "@" else char
