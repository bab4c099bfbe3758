"""Year, make, model and trim out of what dealers write."""

import pytest

from normalizer.fields.makes import compact, vocabulary
from normalizer.fields.title import NOT_THE_ORIGINAL, VehicleName, parse_vehicle_title

Name = tuple[int | None, str | None, str | None, str | None]


def _name(found: VehicleName) -> Name:
    return (found.year, found.make, found.model, found.trim)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("1967 Ferrari 275 GTB/4", (1967, "Ferrari", "275 GTB/4", None)),
        ("1967 Chevrolet Corvette Stingray", (1967, "Chevrolet", "Corvette", "Stingray")),
        ("2024 Porsche 911 GT3 Touring", (2024, "Porsche", "911", "GT3 Touring")),
        ("1973 Porsche 911T Targa", (1973, "Porsche", "911", "T Targa")),
        ("1958 Porsche 356 A Speedster", (1958, "Porsche", "356", "A Speedster")),
        ("1955 Chevrolet Bel Air Resto-Mod Show Car", (1955, "Chevrolet", "Bel Air", None)),
        (
            "2017 Mercedes-Benz SLC 43 AMG Roadster",
            (2017, "Mercedes-Benz", "SLC 43 AMG", "Roadster"),
        ),
        ("1983 Mercedes-Benz 380 SL", (1983, "Mercedes-Benz", "380 SL", None)),
        ("1983 Mercedes 380SL", (1983, "Mercedes-Benz", "380 SL", None)),
        ("1973 Ford F-100 LS3 Restomod", (1973, "Ford", "F-100", "LS3")),
        ("1931 Ford Model A Roadster", (1931, "Ford", "Model A", "Roadster")),
        ("1995 Acura NSX-T", (1995, "Acura", "NSX-T", None)),
        ("1994 Nissan Skyline GT-R", (1994, "Nissan", "Skyline", "GT-R")),
        (
            "1966 Chevrolet Malibu Chevelle Convertible",
            (1966, "Chevrolet", "Malibu Chevelle", "Convertible"),
        ),
        ("1939 Packard 110", (1939, "Packard", "110", None)),
        ("1966 Ford GT40", (1966, "Ford", "GT40", None)),
        ("1965 Shelby Cobra", (1965, "Shelby", "Cobra", None)),
        ("1968 SHELBY GT 500 KR", (1968, "Shelby", "GT500", "KR")),
        ("2019 Club Car Precedent", (2019, "Club Car", "Precedent", None)),
        ("1972 BMW 2002 tii", (1972, "BMW", "2002", "tii")),
        ("1987 BMW 325i Convertible", (1987, "BMW", "325i", "Convertible")),
        ("1967 MG MGB GT", (1967, "MG", "MGB", "GT")),
        ("1967 Jaguar XKE", (1967, "Jaguar", "E-Type", None)),
        ("1941 Cadillac Series 62 Convertible", (1941, "Cadillac", "Series 62", "Convertible")),
        ("1970 Plymouth 'Cuda", (1970, "Plymouth", "'Cuda", None)),
        ("2026 Toyota RAV4 XLE Premium", (2026, "Toyota", "RAV4", "XLE Premium")),
        ("1978 Chevrolet Corvette Indy Pace Car", (1978, "Chevrolet", "Corvette", "Indy Pace Car")),
        ("Mercedes Benz 1971 280 SE 3.5", (1971, "Mercedes-Benz", "280 SE", "3.5")),
        ("1996 Porsche 911 (993) Turbo", (1996, "Porsche", "911", "Turbo")),
        ("1967 Ford Lotus Cortina", (1967, "Ford", "Lotus Cortina", None)),
        ("1965 Backdraft Cobra", (1965, "Backdraft", "Cobra", None)),
        ("1930 Duesenberg Model J", (1930, "Duesenberg", "Model J", None)),
    ],
)
def test_a_plain_title_parts_into_four(title: str, expected: Name) -> None:
    assert _name(parse_vehicle_title(title)) == expected


@pytest.mark.parametrize(
    ("spelling", "make"),
    [
        ("Chevy", "Chevrolet"),
        ("CHEVROLET", "Chevrolet"),
        ("VW", "Volkswagen"),
        ("Mercedes", "Mercedes-Benz"),
        ("Mercedes Benz", "Mercedes-Benz"),
        ("Rolls Royce", "Rolls-Royce"),
        ("Austin Healey", "Austin-Healey"),
        ("DeTomaso", "De Tomaso"),
        ("Alfa-Romeo", "Alfa Romeo"),
        ("Alfa", "Alfa Romeo"),
        ("Aston-Martin", "Aston Martin"),
        ("A.C.", "AC"),
        ("M.G.", "MG"),
        ("International", "International Harvester"),
        ("Landrover", "Land Rover"),
        ("Citroen", "Citroën"),
        ("AMC", "American Motors"),
        ("De Lorean", "DeLorean"),
        ("Facel", "Facel Vega"),
        ("Pierce Arrow", "Pierce-Arrow"),
    ],
)
def test_every_spelling_of_a_make_is_one_make(spelling: str, make: str) -> None:
    assert parse_vehicle_title(f"1967 {spelling} Special").make == make
    assert parse_vehicle_title("1967", make=spelling.upper()).make == make


@pytest.mark.parametrize(
    "make",
    [
        "Austin-Healey",
        "Packard",
        "Duesenberg",
        "AC",
        "MG",
        "Cord",
        "Studebaker",
        "Tucker",
        "De Tomaso",
        "Iso",
        "Facel Vega",
        "Rolls-Royce",
        "Ferrari",
        "Lamborghini",
        "Porsche",
        "Jaguar",
        "Datsun",
        "Hudson",
        "Lancia",
        "Shelby",
        "Triumph",
        "Morgan",
    ],
)
def test_the_makes_that_public_lists_miss_are_known(make: str) -> None:
    assert vocabulary().aliases[compact(make)].name == make


def test_the_vocabulary_holds_the_collector_makes() -> None:
    makes = {make.name for make in vocabulary().aliases.values()}
    assert len(makes) >= 250
    rich = {make.name for make in vocabulary().aliases.values() if len(make.models) >= 10}
    assert len(rich) >= 50


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("1967 Ford Mustang", 1967),
        ("Ford Mustang 1967", 1967),
        ("'67 Ford Mustang", 1967),
        ("\u201967 Ford Mustang", 1967),
        ("'05 Ford GT", 2005),
        ("67 Camaro", 1967),
        ("67 reasons to visit", None),
        ("1964 1/2 Ford Mustang", 1964),
        ("1964½ Ford Mustang", 1964),
        ("1964.5 Ford Mustang", 1964),
        ("(1967) Ford Mustang", 1967),
        ("BMW 2002 tii 1972", 1972),
        ("BMW 2002", None),
        ("2099 Ford Mustang", None),
        ("1750 Ford Mustang", None),
        ("Ford Mustang", None),
    ],
)
def test_the_year_stands_in_front_behind_or_not_at_all(title: str, year: int | None) -> None:
    assert parse_vehicle_title(title).year == year


def test_the_bound_of_years_is_a_parameter_because_the_core_has_no_clock() -> None:
    assert parse_vehicle_title("2027 Ford Bronco", latest_year=2027).year == 2027
    late = parse_vehicle_title("2028 Ford Bronco", latest_year=2027)
    assert late.year is None
    assert "year_out_of_range" in late.flags


@pytest.mark.parametrize(
    "title",
    [
        "X Sold Chevrolet Corvette 2006",
        "SOLD - 2006 Chevrolet Corvette",
        "SOLD! 2006 Chevrolet Corvette",
        "Used 2006 Chevrolet Corvette",
        "Stunning 2006 Chevrolet Corvette",
        "For Sale: 2006 Chevrolet Corvette",
        "2006 Chevrolet Corvette for sale in Denver, CO",
        "2006 Chevrolet Corvette - One Owner",
        "2006 Chevrolet Corvette VIN: 1G1YY26E965123456 - CLASSIC.COM",
        "2006 Chevrolet Corvette - $32,000",
        "2006 Chevrolet Corvette Stock #1234",
        "Just Arrived | 2006 Chevrolet Corvette",
        "Gateway Classic Cars | 2006 Chevrolet Corvette",
        "2006 Chevrolet Corvette | Gateway Classic Cars",
        "Lot 123: 2006 Chevrolet Corvette",
    ],
)
def test_status_marketing_and_the_site_are_not_the_car(title: str) -> None:
    found = parse_vehicle_title(title, site_names=["Gateway Classic Cars", "Classic.com"])
    assert _name(found) == (2006, "Chevrolet", "Corvette", None)


@pytest.mark.parametrize(
    ("title", "site"),
    [
        ("1931 Beverly Roadster", "Beverly Hills Car Club"),
        ("1931 L'art Roadster", "L'Art de l'Automobile"),
    ],
)
def test_the_brand_of_the_site_is_never_the_make(title: str, site: str) -> None:
    assert parse_vehicle_title(title, site_names=[site]).make is None
    brand = title.split()[1]
    assert parse_vehicle_title("1967 Pontiac GTO", make=brand, site_names=[site]).make == "Pontiac"


def test_a_site_named_after_a_make_does_not_hide_the_make() -> None:
    found = parse_vehicle_title("1967 Lotus Elan", site_names=["Lotus of Tampa", "Lotus"])
    assert _name(found) == (1967, "Lotus", "Elan", None)


@pytest.mark.parametrize(
    ("title", "flag"),
    [
        ("1965 Shelby Cobra Replica", "replica"),
        ("1965 Shelby Cobra (replica)", "replica"),
        ("1965 Superformance MKIII Cobra", "replica"),
        ("1965 Factory Five Cobra", "replica"),
        ("1969 Chevrolet Camaro Yenko Tribute", "tribute"),
        ("1937 Jaguar SS100 Recreation", "recreation"),
        ("1937 Jaguar SS100 Re-creation", "recreation"),
        ("1965 Aston Martin DB5 Goldfinger Continuation", "continuation"),
        ("1955 Jaguar D-Type Toolroom Copy", "continuation"),
        ("1965 AC Cobra Kit Car", "kit"),
        ("1970 Plymouth 'Cuda Clone", "clone"),
    ],
)
def test_what_is_not_the_original_says_so(title: str, flag: str) -> None:
    found = parse_vehicle_title(title)
    assert flag in found.flags
    assert flag in NOT_THE_ORIGINAL
    assert found.make is not None


def test_a_replica_is_flagged_from_its_structured_fields_too() -> None:
    assert "replica" in parse_vehicle_title("1965 Shelby Cobra", trim="427 Replica").flags


@pytest.mark.parametrize("title", ["1961 Lincoln Continental", "1972 Lotus Elan tool kit included"])
def test_words_that_resemble_a_replica_raise_no_flag(title: str) -> None:
    assert not parse_vehicle_title(title).flags & NOT_THE_ORIGINAL


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("1967 Corvette Stingray", (1967, "Chevrolet", "Corvette", "Stingray")),
        ("1973 Dino 246 GTS", (1973, "Ferrari", "Dino 246", "GTS")),
        ("1969 Camaro Z/28", (1969, "Chevrolet", "Camaro", "Z/28")),
        ("1979 Scout II", (1979, "International Harvester", "Scout II", None)),
        ("1995 Range Rover Classic", (1995, "Land Rover", "Range Rover Classic", None)),
    ],
)
def test_a_famous_model_names_its_make(title: str, expected: Name) -> None:
    found = parse_vehicle_title(title)
    assert _name(found) == expected
    assert "make_implied" in found.flags


def test_an_unknown_make_is_a_flagged_guess_behind_a_year_only() -> None:
    assert parse_vehicle_title("1948 Foobar Special") == VehicleName(
        1948, "Foobar", "Special", None, frozenset({"make_unknown"})
    )
    assert parse_vehicle_title("Foobar Special").make is None


@pytest.mark.parametrize(
    "title",
    [
        None,
        "",
        "Just a moment...",
        "Marietta, Georgia, USA",
        "Lincoln, Nebraska, USA",
        "Welcome to our showroom",
        "404 Page not found",
    ],
)
def test_what_names_no_car_has_no_make(title: str | None) -> None:
    found = parse_vehicle_title(title)
    assert (found.year, found.make, found.model) == (None, None, None)


def test_initials_within_a_title_are_not_the_make() -> None:
    assert parse_vehicle_title("1967 Custom Chevrolet Camaro with AC").make == "Chevrolet"
    assert parse_vehicle_title("1967 Mustang V8 AC").make == "Ford"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"make": "X Sold Chevrolet", "model": "Corvette", "year": "2006"},
            (2006, "Chevrolet", "Corvette", None),
        ),
        (
            {"year": "1955", "make": "Chevrolet", "model": "Bel Air Resto-Mod Show Car"},
            (1955, "Chevrolet", "Bel Air", None),
        ),
        (
            {"year": "1967", "make": "Chevrolet", "model": "Chevrolet Corvette", "trim": "427"},
            (1967, "Chevrolet", "Corvette", "427"),
        ),
        ({"year": "1967", "make": "Foobar", "model": "Special"}, (1967, "Foobar", "Special", None)),
        ({"year": "1967", "make": "SOLD", "model": "Mustang"}, (1967, "Ford", "Mustang", None)),
        ({"year": "0", "make": "Ford", "model": "Other"}, (None, "Ford", None, None)),
        (
            {"year": "1939", "make": "Packard", "model": "110", "trim": "N/A"},
            (1939, "Packard", "110", None),
        ),
    ],
)
def test_structured_fields_name_a_car_without_a_title(
    fields: dict[str, str], expected: Name
) -> None:
    assert _name(parse_vehicle_title(None, **fields)) == expected  # type: ignore[arg-type]


def test_a_model_parted_from_its_trim_keeps_its_words() -> None:
    name = parse_vehicle_title(
        "1961 Rolls-Royce Silver Cloud II Standard Saloon",
        make="Rolls-Royce",
        model="Silver Cloud II",
        trim="Standard Saloon",
    )
    assert (name.model, name.trim) == ("Silver Cloud II", "Standard Saloon")


def test_structured_fields_win_and_the_title_fills_what_they_omit() -> None:
    found = parse_vehicle_title(
        "2017 Mercedes-Benz SLC 43 AMG Roadster",
        year="2017",
        make="Mercedes-Benz",
        model="SLC 43 AMG",
    )
    assert _name(found) == (2017, "Mercedes-Benz", "SLC 43 AMG", "Roadster")
    other = parse_vehicle_title("1967 Ford Mustang GT", model="Other")
    assert _name(other) == (1967, "Ford", "Mustang", "GT")


def test_a_year_that_contradicts_the_title_is_flagged_and_wins() -> None:
    found = parse_vehicle_title("1967 Ford Mustang", year="1968")
    assert found.year == 1968
    assert "year_conflict" in found.flags


def test_the_order_of_the_site_names_does_not_matter() -> None:
    names = ["Foo Cars", "Bar Cars", "Foo", "Bar"]
    titles = [
        parse_vehicle_title("Foo Cars 1948 Bar Special", site_names=order)
        for order in (names, names[::-1], frozenset(names))
    ]
    assert titles[0] == titles[1] == titles[2]


def test_a_model_with_its_series_leaves_the_titles_words_to_the_trim() -> None:
    name = parse_vehicle_title(
        "2018 Chevrolet Silverado 1500 High Country", make="Chevrolet", model="Silverado 1500"
    )
    assert (name.model, name.trim) == ("Silverado", "1500 High Country")


def test_a_series_before_the_dealers_trim_stays_with_it() -> None:
    name = parse_vehicle_title("2013 Chevrolet Silverado 1500 LTZ", trim="LTZ")
    assert (name.model, name.trim) == ("Silverado", "1500 LTZ")
