"""The policy files: strict, hashed, read once."""

import hashlib
import importlib
import pkgutil
from importlib import resources

import pytest

import normalizer
from normalizer import policy
from normalizer.fields.makes import MakesPolicy, compact, vocabulary
from normalizer.fields.organization import SharedHostsPolicy
from normalizer.fields.price import PricePolicy
from normalizer.policy import PolicyError, Shape, load, parse, policy_hash


class Example(Shape):
    names: list[str]
    most: int = 1


def test_a_document_of_its_shape_is_read() -> None:
    assert parse("names: [a, b]\nmost: 2\n", Example) == Example(names=["a", "b"], most=2)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("unknown key", "names: []\nmore: 1\n"),
        ("missing key", "most: 2\n"),
        ("number for text", "names: [12]\n"),
        ("text for number", 'names: []\nmost: "2"\n'),
        ("repeated key", "names: []\nnames: [a]\n"),
        ("no YAML", "names: [a\n"),
        ("empty", ""),
    ],
)
def test_a_document_of_another_shape_stops_the_program(fault: str, text: str) -> None:
    with pytest.raises(PolicyError, match=r"example\.yml"):
        parse(text, Example, "example.yml")


def test_norway_and_off_are_words() -> None:
    assert parse("names: [NO, off, on, yes]\n", Example).names == ["NO", "off", "on", "yes"]


def test_a_missing_file_is_named() -> None:
    with pytest.raises(PolicyError, match=r"nothing\.yml"):
        load("nothing", Example)


def test_a_file_is_read_once() -> None:
    assert load("price", PricePolicy) is load("price", PricePolicy)


def test_the_hash_covers_every_file_in_name_order() -> None:
    digest = hashlib.sha256()
    folder = resources.files("normalizer.policy")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yml"))
    for name in names:
        content = folder.joinpath(name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    assert policy_hash() == digest.hexdigest()
    assert list(policy.file_names()) == names


def test_every_policy_file_has_a_reader() -> None:
    """A file that nobody loads would change the hash and nothing else."""
    asked: set[str] = set()
    for module in pkgutil.walk_packages(normalizer.__path__, "normalizer."):
        if module.name.endswith("__main__"):
            continue
        source = importlib.util.find_spec(module.name)
        assert source is not None
        assert source.origin is not None
        with open(source.origin, encoding="utf-8") as file:  # noqa: PTH123
            text = file.read()
        asked |= {name for name in policy.file_names() if f'load("{name[:-4]}"' in text}
    assert asked == set(policy.file_names())


def test_no_spelling_belongs_to_two_makes() -> None:
    owners: dict[str, set[str]] = {}
    for name, entry in load("makes", MakesPolicy).makes.items():
        for spelling in [name, *entry.aliases]:
            owners.setdefault(compact(spelling), set()).add(name)
    assert not {key: names for key, names in owners.items() if len(names) > 1}


def test_every_alias_of_a_model_names_a_model_of_the_make() -> None:
    wrong = [
        (name, alias, model)
        for name, entry in load("makes", MakesPolicy).makes.items()
        for alias, model in entry.model_aliases.items()
        if compact(model) not in {compact(m) for m in [*entry.models, *entry.stands_alone]}
    ]
    assert not wrong


def test_every_make_finds_itself() -> None:
    for name in load("makes", MakesPolicy).makes:
        found = vocabulary().make_at(name.split(), 0, leading=True)
        assert found is not None
        assert found[0].name == name


def test_no_shared_host_is_listed_twice_or_dressed_up() -> None:
    hosts = load("shared_hosts", SharedHostsPolicy)
    listed = [*hosts.with_subdomains, *hosts.apex_only, *hosts.asset_hosts]
    assert len(listed) == len(set(listed))
    assert all(host == host.lower().removeprefix("www.").strip("/. ") for host in listed)
