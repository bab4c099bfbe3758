"""The organization's row: whose word counts for which field of a profile."""

from dataclasses import replace

from contract.payloads import FoundAddress
from normalizer.rows import BusinessRow
from tests.normalizer.observed import PROFILE, SITE, day, found, profile
from tests.normalizer.worlds import Dealer

SECOND = "https://www.classic.com/s/oldtimers-llc-Zz98Yy7/"


def row(dealer: Dealer) -> BusinessRow:
    (business,) = dealer.rows().businesses
    return business


def test_a_profile_makes_the_organizations_row() -> None:
    dealer = Dealer(
        seller_type="dealer",
        dealer_license=found("Dealer License #: VF/1012345"),
        phone=found("629-306-8151") + found("(629) 312-1110", origin="website"),
        email=found("Sales@OldTimers.example"),
        logo=found("https://images.classic.com/uploads/dealer/Old.png"),
        coordinates=found("35.93,-86.87"),
        inventory_url=found(f"{SITE}/vehicles", f"{SITE}/vehicles/", f"{SITE}/inventory"),
        same_as=found("https://www.facebook.com/oldtimers", "javascript:void(0)"),
        description=found("Old cars.\n\nSince 1999."),
    )
    business = row(dealer)
    assert business.id == dealer.handle
    assert (business.name, business.business_type) == ("Old Timers", "dealer")
    assert business.dealer_license == "VF/1012345"
    assert business.website == SITE
    assert business.geographic_key == "old-timers|franklin|TN"
    # classic.com shows a call-tracking number; the dealer's own site shows his.
    assert business.phone is not None
    assert "312" in business.phone
    assert business.email == "sales@oldtimers.example"
    assert (business.city, business.state, business.country) == ("Franklin", "TN", "US")
    assert business.location is not None
    assert (business.location.x, business.location.y) == (-86.87, 35.93)
    assert business.inventory_url == f"{SITE}/vehicles"
    assert business.inventory_candidates == (f"{SITE}/vehicles", f"{SITE}/inventory")
    assert business.same_as == ("https://www.facebook.com/oldtimers",)
    assert business.profile_urls == (PROFILE,)
    assert business.provenance["phone"] == ("classic.com", dealer.evidence[0].key)


def test_a_seller_of_unstated_type_deals_in_cars() -> None:
    """Words like "event" would make nearly everyone an auction house."""
    dealer = Dealer(description=found("Every lot is a bid event!"))
    assert row(dealer).business_type == "dealer"


def test_the_type_of_the_newest_profile_counts() -> None:
    dealer = Dealer(seller_type="auction_house")
    dealer.evidence.append(profile(at=1))
    dealer.evidence.append(profile(SECOND, at=2, website=found(SITE)))
    assert row(dealer).business_type == "dealer"
    dealer.evidence.append(profile(SECOND, at=3, seller_type="auction_house"))
    assert row(dealer).business_type == "auction_house"


def test_a_social_link_is_no_website() -> None:
    """The first external link is often a social one."""
    dealer = Dealer()
    dealer.evidence = [
        profile(website=found("https://www.facebook.com/oldtimers", f"{SITE}/home?utm_source=x"))
    ]
    assert row(dealer).website == SITE


def test_a_candidate_that_does_not_parse_gives_way_to_the_next() -> None:
    dealer = Dealer(phone=found("call us", origin="website") + found("(629) 312-1110"))
    assert row(dealer).phone is not None


def test_members_fill_each_others_gaps_and_the_newest_speaks_first() -> None:
    dealer = Dealer(email=found("a@oldtimers.example"))
    dealer.evidence.append(
        profile(
            SECOND,
            at=1,
            name="Oldtimers LLC",
            website=found(SITE),
            phone=found("(629) 312-1110"),
        )
    )
    business = row(dealer)
    assert business.name == "Oldtimers LLC"
    assert business.email == "a@oldtimers.example"
    assert business.phone is not None
    assert business.profile_urls == (SECOND, PROFILE) or business.profile_urls == (PROFILE, SECOND)
    assert (business.first_seen_at, business.last_seen_at) == (day(0), day(1))


def test_an_unchanged_profile_moves_last_seen_alone() -> None:
    dealer = Dealer()
    dealer.pages(5, dealer.evidence[0])
    business = row(dealer)
    assert (business.content_changed_at, business.last_seen_at) == (day(0), day(5))


def test_one_runs_manifest_may_come_in_pieces_for_several_members() -> None:
    dealer = Dealer()
    second = profile(SECOND, at=1, name="Oldtimers LLC", website=found(SITE))
    dealer.evidence.append(second)
    dealer.pages(5, dealer.evidence[0])
    piece = dealer.evidence.pop()
    dealer.pages(5, second)
    other = replace(dealer.evidence.pop(), key=piece.key, organization_id=second.organization_id)
    for pieces in ([piece, other], [other, piece]):
        (business,) = dealer.rows([*dealer.evidence, *pieces]).businesses
        # Both pages were found unchanged, so the one that was read last speaks first.
        assert business.name == "Oldtimers LLC"
        assert business.last_seen_at == day(5)
    (business,) = dealer.rows([*dealer.evidence, piece]).businesses
    assert business.name == "Old Timers"


def test_the_fullest_address_counts_and_stays_in_one_piece() -> None:
    dealer = Dealer()
    dealer.evidence = [
        profile(
            address=(
                FoundAddress(origin="website", where="test", city="Nashville"),
                FoundAddress(
                    origin="profile", where="test", text="111 Alpha Dr, Franklin, TN 37064"
                ),
            )
        )
    ]
    business = row(dealer)
    assert (business.address, business.city, business.state, business.postal_code) == (
        "111 Alpha Dr",
        "Franklin",
        "TN",
        "37064",
    )


def test_null_island_and_nonsense_are_no_location() -> None:
    for text in ("0,0", "95.1,20", "somewhere", "12.5"):
        assert row(Dealer(coordinates=found(text))).location is None
