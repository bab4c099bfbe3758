"""The bugs of the system of record that Paddock replaces: each is prevented, and proven by name.

Every bug has the tests that would fail if it came back, on both sides of the queue where both could
have it. A test that is renamed or dropped has to be replaced here.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from contract.observation import Source
from crawler.extract.page import Page
from crawler.extract.profile import read_profile
from tests.normalizer.observed import day
from tests.normalizer.worlds import Dealer

TESTS = Path(__file__).parent

BUGS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "seeing a seller again resets its row, or overwrites its name and type with null",
        ("crawler/test_append.py::test_seeing_a_seller_again_keeps_what_is_known",),
    ),
    2: (
        "a block looks like the end of the roster, and the run is a success",
        (
            "crawler/test_roster_walk.py::test_a_block_is_not_the_end_of_the_roster",
            "crawler/test_block_pages.py::test_a_block_page_is_counted_and_never_parsed_or_retried",
            "crawler/test_run_report.py::test_exit_codes_tell_the_truth",
        ),
    ),
    3: (
        "rows that used up their attempts wait unseen for ever",
        (
            "store/test_queue.py::test_last_failure_is_dead_and_never_completed",
            "store/test_queue_upkeep.py::test_redriven_row_has_all_its_attempts_again",
            "store/test_queue_commands.py",
        ),
    ),
    4: (
        "completed rows are never due again, and a failed walk is marked completed",
        (
            "store/test_queue_schedules.py::test_completed_profile_is_due_again_after_thirty_days",
            "store/test_queue_schedules.py::test_schedule_keeps_to_its_grid_and_coalesces_missed_slots",
            "store/test_queue_schedules.py::test_unfinished_walk_is_never_marked_completed",
            "crawler/test_pipelines.py::test_a_walk_that_does_not_finish_is_not_completed",
        ),
    ),
    5: (
        "a changed observation is not processed again, and nulls overwrite what was known",
        (
            "normalizer/test_fold.py::test_in_stock_to_sold_is_always_processed",
            "normalizer/test_fold.py::test_a_null_never_overwrites_a_known_number",
            "crawler/test_append.py::test_in_every_order_of_arrival_no_change_is_lost",
        ),
    ),
    6: (
        "seen counts never grow, nothing that disappears is sold, pagers are not followed, the "
        "inventory's address is guessed",
        (
            "normalizer/test_fold.py::test_seen_count_grows_with_every_walk_even_when_nothing_changed",
            "normalizer/test_sold.py",
            "normalizer/test_sold_absence.py",
            "normalizer/test_sold_quarantine.py",
            "normalizer/test_sold_model.py",
            "crawler/test_walk.py::test_every_page_is_read_and_every_listing_counted_once",
            "crawler/extract/test_inventory_links.py::test_inventory_link_is_found",
        ),
    ),
    7: (
        "the website is the first external link",
        (
            "crawler/extract/test_profile.py::test_website_is_never_the_first_social_link",
            "normalizer/test_profile.py::test_a_social_link_is_no_website",
        ),
    ),
    8: (
        "words on a page make every seller an auction house",
        (
            "test_reference_bugs.py::test_bug_08_words_make_no_auction_house",
            "crawler/extract/test_roster.py::test_table_layout_takes_the_type_from_the_second_cell",
        ),
    ),
    9: (
        "any word with the letters of a license is one, and merges strangers",
        (
            "crawler/extract/test_profile.py::test_no_license_without_a_label_and_a_number",
            "normalizer/fields/test_organization.py::test_what_merely_looks_like_a_license_is_none",
            "normalizer/fields/test_organization.py::test_a_shared_host_or_no_host_is_no_website_key",
            "normalizer/test_identity.py::test_a_website_that_more_than_fifty_profiles_hold_is_nobodys",
        ),
    ),
    10: (
        "names are matched as patterns, and more than one match makes a duplicate",
        ("normalizer/test_identity.py::test_wildcards_in_names_are_letters",),
    ),
    11: (
        "the geographic key is neither used nor unique",
        (
            "normalizer/test_identity.py::test_profiles_join_by_website_and_by_place",
            "normalizer/fields/test_organization.py::test_a_geographic_key_needs_all_three",
        ),
    ),
    12: (
        "relations break their CHECK in silence, and the clean-up deletes the good ones",
        (
            "normalizer/test_fold.py::test_one_pair_has_one_relation_and_only_allowed_words",
            "normalizer/test_legacy.py::test_bug_12_a_relation_that_is_not_known_deletes_no_good_row",
        ),
    ),
    13: (
        "the first VIN anywhere on a page is taken, and placeholders are VINs",
        (
            "crawler/platforms/test_aan.py::test_similar_cars_table_gives_neither_vin_nor_sold_mark",
            "normalizer/test_vehicles.py::test_numbers_that_identify_nothing_join_nothing",
        ),
    ),
    14: (
        "the word sold anywhere on a page sells its car",
        (
            "crawler/extract/test_traps.py::test_word_sold_elsewhere_does_not_sell",
            "crawler/test_probe.py::test_sold_cars_in_the_related_rail_do_not_sell",
            "normalizer/fields/test_status.py::test_sold",
        ),
    ),
    15: (
        "the brand of the site is the make",
        ("normalizer/fields/test_title.py::test_the_brand_of_the_site_is_never_the_make",),
    ),
    16: (
        "vehicle pages without a year in their path are refused",
        (
            "normalizer/test_vehicles.py::test_a_listing_page_needs_no_year_in_its_path",
            "crawler/platforms/test_dealercenter.py::test_path_without_a_year_is_a_vehicles_page",
            "crawler/extract/test_traps.py::test_cars_without_price_photo_or_year_in_the_url_count",
        ),
    ),
    17: (
        "every result is reported as created, and counts end as no number",
        (
            "test_reference_bugs.py::test_bug_17_what_was_seen_before_is_not_listed_again",
            "normalizer/test_drain.py::test_a_second_run_writes_nothing",
        ),
    ),
    18: (
        "logos and site furniture are vehicle photos",
        (
            "normalizer/test_images.py::test_logos_and_site_furniture_are_no_photos",
            "crawler/extract/test_traps.py::test_placeholders_and_furniture_are_no_photos",
        ),
    ),
    19: (
        "photos without a file extension are missed",
        ("normalizer/test_images.py::test_dealer_accelerate_photos_need_no_file_extension",),
    ),
    20: (
        "thumbnails are kept in place of the originals",
        (
            "normalizer/test_images.py::test_the_full_size_stands_for_its_thumbnails",
            "normalizer/test_fetched_images.py::test_a_stored_thumbnail_is_not_its_full_size_picture",
        ),
    ),
}
"""Number of the bug → what went wrong, and the tests that prove it does not."""


@cache
def names(path: Path) -> frozenset[str]:
    """The tests of one file, which are not marked to be skipped."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, functions)
        and node.name.startswith("test_")
        and not any("skip" in ast.unparse(mark) for mark in node.decorator_list)
    )


@pytest.mark.parametrize("number", sorted(BUGS))
def test_every_bug_has_its_tests(number: int) -> None:
    _, tests = BUGS[number]
    missing = []
    for test in tests:
        path, _, name = test.partition("::")
        if not (TESTS / path).is_file() or (name and name not in names(TESTS / path)):
            missing.append(test)
    assert not missing


def test_the_list_of_bugs_is_whole() -> None:
    assert sorted(BUGS) == list(range(1, 21))


def test_bug_08_words_make_no_auction_house() -> None:
    html = """<main><h1>Lot 49 Motors</h1>
      <p class="description">Bid on our event cars at every auction event! Lots of lots.</p></main>"""
    facts = read_profile(
        Page("https://www.classic.com/s/lot-49-Ab12Cd3/", html), frozenset(["classic.com"])
    )
    assert "seller_type" not in facts.fields
    dealer = Dealer()
    (row,) = dealer.rows().businesses
    assert row.business_type == "dealer"


def test_bug_17_what_was_seen_before_is_not_listed_again() -> None:
    """One "listed" event per car, however often and by whomever it is seen, and counts that are
    numbers."""
    vin = {"vin": "WP0AC2995TS375318"}
    dealer = Dealer()
    for at in range(4):
        dealer.walk(at, {"/vehicles/1": vin})
        dealer.page("/vehicles/1", at + 0.5, vin=vin["vin"])
        dealer.walk(at + 0.6, {"row": vin}, grid="feed", source=Source.HOMENET)
    rows = dealer.rows()
    assert [(row.event, row.happened_at) for row in rows.vehicle_events] == [("listed", day(0))]
    assert {row.listing_url: row.seen_count for row in rows.dealer_inventory_seen} == {
        "https://www.oldtimers.example/vehicles/1": 8,
        "row": 4,
    }
