"""Organizations: nodes' keys in force, clusters, and the owner of a shared listing."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contract.payloads import FoundAddress
from normalizer.evidence import Node
from normalizer.identity import Claim, cluster, listing_owner, profile_node
from tests.normalizer.observed import day, found, profile
from tests.normalizer.worlds import Dealer

FRANKLIN = (FoundAddress(origin="website", where="test", city="Franklin", state="Tennessee"),)


def node(
    name: str,
    *,
    at: float = 0,
    license: str | None = None,
    website: str | None = None,
    place: str | None = None,
) -> Node:
    return Node(
        handle=UUID(int=sum(name.encode()) * 1_000 + len(name)),
        source="classic.com",
        url=f"https://www.classic.com/s/{name}/",
        first_observed_at=day(at),
        dealer_license=license,
        website=website,
        geographic_key=place,
    )


def groups(*nodes: Node) -> set[frozenset[str]]:
    return {
        frozenset(member.url.split("/")[-2] for member in organization.members)
        for organization in cluster(nodes)
    }


def test_profiles_join_by_license_before_everything_else() -> None:
    assert groups(
        node("a", license="VF1", website="one.example"),
        node("b", license="VF1", website="two.example"),
        node("c", license="VF2", website="one.example"),
    ) == {frozenset("ab"), frozenset("c")}


def test_profiles_join_by_website_and_by_place() -> None:
    assert groups(
        node("a", website="one.example"),
        node("b", website="one.example", place="k"),
        node("c", place="k"),
        node("d", place="other"),
    ) == {frozenset("abc"), frozenset("d")}


def test_dealers_of_one_name_in_two_towns_stay_apart() -> None:
    assert len(groups(node("a", place="x|franklin|TN"), node("b", place="x|nashville|TN"))) == 2


def test_the_id_is_the_handle_of_the_profile_seen_first() -> None:
    late, early = node("a", at=2, website="w"), node("b", at=1, website="w")
    (organization,) = cluster([late, early])
    assert organization.id == early.handle
    assert organization.members == (early, late)


def test_a_tie_in_time_goes_to_the_lesser_url() -> None:
    (organization,) = cluster([node("b", website="w"), node("a", website="w")])
    assert organization.members[0].url.endswith("/a/")


def test_a_website_that_more_than_fifty_profiles_hold_is_nobodys() -> None:
    crowd = [node(f"p{number:02}", website="platform.example") for number in range(51)]
    assert len(cluster(crowd)) == 51
    assert len(cluster(crowd[:50])) == 1


def test_ten_thousand_profiles_cluster_in_seconds() -> None:
    rng = random.Random(4)
    nodes = [
        Node(
            handle=UUID(int=number),
            source="classic.com",
            url=f"https://www.classic.com/s/{number}/",
            first_observed_at=day(number / 100),
            dealer_license=rng.choice([None, None, f"L{rng.randrange(6_000)}"]),
            website=rng.choice([None, f"w{rng.randrange(6_000)}.example"]),
            geographic_key=rng.choice([None, f"g{rng.randrange(6_000)}"]),
        )
        for number in range(10_000)
    ]
    organizations = cluster(nodes)
    assert sum(len(organization.members) for organization in organizations) == 10_000
    shuffled = rng.sample(nodes, len(nodes))
    assert cluster(shuffled) == organizations


def test_a_key_stays_in_force_until_a_newer_profile_names_another() -> None:
    evidence = [
        profile(at=0, dealer_license=found("Dealer License #: VF/1012345"), address=FRANKLIN),
        profile(at=1, website=found("https://www.oldtimers.example/about-us")),
        profile(at=2, website=found("https://new.example")),
    ]
    for order in (evidence, evidence[::-1]):
        keys = profile_node(order)
        assert keys.dealer_license == "VF/1012345"
        assert keys.website == "new.example"
        assert keys.geographic_key == "old-timers|franklin|TN"
        assert keys.first_observed_at == day(0)


def test_a_page_found_unchanged_puts_its_keys_in_force_again() -> None:
    dealer = Dealer()
    one = profile(at=1, website=found("https://one.example"))
    two = profile(at=2, website=found("https://two.example"))
    dealer.evidence = [one, two]
    dealer.pages(3, one)
    assert profile_node(dealer.evidence).website == "one.example"
    assert profile_node([one, two]).website == "two.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("website", "https://www.facebook.com/oldtimers"),
        ("website", "https://apps.apple.com/us/app/x"),
        ("dealer_license", "LED headlights 2015"),
        ("dealer_license", "license number X"),
    ],
)
def test_what_is_no_key_joins_nobody(field: str, value: str) -> None:
    """Social links are no websites, and words with "lic" no licenses."""
    fields: dict[str, Any] = {field: found(value)}
    keys = profile_node([profile(**fields)])
    assert (keys.dealer_license, keys.website) == (None, None)


def test_wildcards_in_names_are_letters() -> None:
    """`%` and `_` in a name are no patterns that match every seller."""
    a = profile_node([profile(name="100% Cars", address=FRANKLIN)])
    b = profile_node([profile("https://www.classic.com/s/b-1/", name="100 Cars", address=FRANKLIN)])
    c = profile_node(
        [profile("https://www.classic.com/s/c-1/", name="1000 Cars", address=FRANKLIN)]
    )
    assert a.geographic_key != c.geographic_key
    assert b.geographic_key != c.geographic_key


def test_a_node_needs_evidence() -> None:
    with pytest.raises(ValueError, match="evidence"):
        profile_node([])


def claim(number: int, *websites: str, at: float = 0) -> Claim:
    return Claim(
        organization_id=UUID(int=number),
        websites=frozenset(websites),
        url="https://www.north.example/vehicles/1",
        observed_at=day(at),
        handle=UUID(int=number + 100),
    )


def test_a_shared_listing_belongs_to_the_organization_of_its_site() -> None:
    assert listing_owner([claim(1), claim(2, "north.example", at=5)]) == UUID(int=2)


def test_a_listing_on_a_foreign_site_belongs_to_who_showed_it_first() -> None:
    claims = [claim(3, "a.example", at=1), claim(2, at=1), claim(1, at=2)]
    assert listing_owner(claims) == listing_owner(claims[::-1]) == UUID(int=2)
    with pytest.raises(ValueError, match="claim"):
        listing_owner([])


def test_first_observed_is_the_least_time_and_handles_agree() -> None:
    evidence = [profile(at=number) for number in (3, 1, 2)]
    keys = profile_node(evidence)
    assert keys.first_observed_at == day(0) + timedelta(days=1)
    assert keys.handle == evidence[0].organization_id
