"""`python -m normalizer rule …`: the operator's word, written down as an observation.

Nothing here touches a canonical table: a command checks what is said, appends a ruling as the
role `paddock_operator`, and names what will follow from it. The next run makes it so.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from pydantic import ValidationError

from contract.observation import ContractViolation, Kind, Observation, Source, parse_payload
from contract.rulings import FIELDS, Ruling, RulingAction
from normalizer.append import append
from normalizer.rulings_list import SHORT, described, rulings
from normalizer.rulings_subjects import (
    OrganizationSubject,
    Refused,
    VehicleSubject,
    alike,
    find,
    observation,
    walk,
)
from store.connect import connect
from store.errors import wrapped
from store.queries import load

__all__ = ["add_commands"]

RULINGS = load("rulings")

NEXT = "it takes effect with the next run:  python -m normalizer run"


def add_commands(rule: argparse.ArgumentParser) -> None:
    """Add the commands of `rule` to its parser."""
    commands = rule.add_subparsers(dest="ruling", required=True, metavar="RULING")
    subject = ("subject", "VEHICLE|ORGANIZATION", "id, address, VIN, website or name")

    def add(
        name: str,
        call: Callable[[argparse.Namespace], int],
        text: str,
        *positionals: tuple[str, str, str],
        until: bool = False,
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(call=_refusing(call))
        for destination, metavar, words in positionals:
            command.add_argument(destination, metavar=metavar, help=words)
        if name != "list":
            command.add_argument("--reason", required=True, help="why; others will read it")
            command.add_argument(
                "--author", default=_user(), help="who says so (default: %(default)s)"
            )
        if until:
            command.add_argument(
                "--until",
                metavar="TIME",
                help="ends with the first observation made then (2026-05-31) or later",
            )
        command.add_argument("--json", action="store_true", help="print JSON")
        return command

    fields = "; ".join(f"{name}: {', '.join(known)}" for name, known in FIELDS.items())
    add(
        "set", _set, "set fields of a vehicle or an organization", subject, until=True
    ).add_argument("values", metavar="FIELD=VALUE", nargs="+", help=fields.replace("%", "%%"))
    add("clear", _clear, "say that fields have no value", subject, until=True).add_argument(
        "fields", metavar="FIELD", nargs="+"
    )
    both = (subject, ("other", "OTHER", "the other one"))
    add("same", _same, "two vehicles, or two organizations, are one", *both)
    add("not-same", _not_same, "two listings, or two profiles, are not one", *both)
    manifest = ("manifest", "MANIFEST", "the walk's key: see `quarantine`")
    add("accept", _accept, "a quarantined walk is right: its absences count", manifest)
    add("reject", _reject, "a walk is wrong: it proves nothing at all", manifest)
    add("takedown", _takedown, "take a vehicle or a dealer out of everything", subject, until=True)
    redact = add(
        "redact",
        _redact,
        "erase what an observation holds, for ever",
        ("observation", "OBSERVATION", "its key: see `explain`"),
    )
    redact.add_argument("--yes", action="store_true", help="really do it: there is no way back")
    add(
        "withdraw",
        _withdraw,
        "reverse a ruling",
        ("withdrawn", "RULING", "its key: see `rule list`"),
    )
    listed = add("list", _list, "list rulings, and which are in force")
    listed.add_argument("subject", metavar="ORGANIZATION", nargs="?", help="those of one alone")


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _refusing(call: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def called(given: argparse.Namespace) -> int:
        try:
            with wrapped():
                return call(given)
        except Refused as error:
            print(f"error: {error}", file=sys.stderr)
            return 2

    return called


@contextmanager
def _operator() -> Iterator[Connection]:
    with connect("paddock_operator", autocommit=True) as connection:
        yield connection


def _set(given: argparse.Namespace) -> int:
    values: dict[str, str] = {}
    for text in given.values:
        name, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise Refused(f"{text!r} is not FIELD=VALUE; `rule clear` makes a field empty")
        values[name.strip()] = value.strip()
    with _operator() as connection:
        subject = find(connection, given.subject)
        _with_units(subject, values)
        return _about(connection, given, subject, "set", values=values)


def _with_units(subject: OrganizationSubject | VehicleSubject, values: dict[str, str]) -> None:
    """A bare amount is in the currency that the car has now, a bare mileage in its unit."""
    if not isinstance(subject, VehicleSubject):
        return
    for names, unit in (
        (("price", "sale_price"), subject.currency),
        (("mileage",), subject.mileage_unit),
    ):
        for name in names:
            text = values.get(name, "").lstrip("$")
            if unit and text and text.replace(",", "").replace(".", "").isdigit():
                values[name] = f"{text} {unit}"


def _clear(given: argparse.Namespace) -> int:
    with _operator() as connection:
        subject = find(connection, given.subject)
        return _about(connection, given, subject, "clear", fields=tuple(given.fields))


def _takedown(given: argparse.Namespace) -> int:
    with _operator() as connection:
        subject = find(connection, given.subject)
        return _about(connection, given, subject, "takedown")


def _about(
    connection: Connection,
    given: argparse.Namespace,
    subject: OrganizationSubject | VehicleSubject,
    action: RulingAction,
    **content: Any,
) -> int:
    is_vehicle = isinstance(subject, VehicleSubject)
    content |= {
        "action": action,
        "subject": "vehicle" if is_vehicle else "organization",
        "vehicle": str(subject.handle) if is_vehicle else None,
        "until": given.until,
    }
    url = subject.url if isinstance(subject, VehicleSubject) else f"urn:uuid:{subject.handle}"
    handle = subject.organization if isinstance(subject, VehicleSubject) else subject.handle
    return _write(connection, given, [(url, handle, content, str(subject))])


def _same(given: argparse.Namespace) -> int:
    return _link(given, "same")


def _not_same(given: argparse.Namespace) -> int:
    return _link(given, "not_same")


def _link(given: argparse.Namespace, action: Literal["same", "not_same"]) -> int:
    with _operator() as connection:
        one, other = find(connection, given.subject), find(connection, given.other)
        if type(one) is not type(other):
            raise Refused("one of them is a vehicle and the other one an organization")
        if one.handle == other.handle:
            words = "profile pages" if isinstance(one, OrganizationSubject) else "listing pages"
            raise Refused(f"both mean {one}; name two different {words} by their addresses")
        content = {
            "action": action,
            "subject": "vehicle" if isinstance(one, VehicleSubject) else "organization",
            "vehicle": str(one.handle) if isinstance(one, VehicleSubject) else None,
            "other": str(other.handle),
        }
        handle, url = one.handle, f"urn:uuid:{one.handle}"
        if isinstance(one, VehicleSubject) and isinstance(other, VehicleSubject):
            if one.dealer_id != other.dealer_id:
                raise Refused(f"{one} and {other} are cars of different organizations")
            handle, url = one.organization, one.url
        return _write(connection, given, [(url, handle, content, f"{one} and {other}")])


def _accept(given: argparse.Namespace) -> int:
    return _judge(given, "accept")


def _reject(given: argparse.Namespace) -> int:
    return _judge(given, "reject")


def _judge(given: argparse.Namespace, action: Literal["accept", "reject"]) -> int:
    with _operator() as connection:
        meant = walk(connection, given.manifest)
        content = {"action": action, "subject": "manifest", "observation": meant.key}
        return _write(
            connection, given, [(meant.grid_url, meant.organization, content, str(meant))]
        )


def _redact(given: argparse.Namespace) -> int:
    with _operator() as connection:
        meant = observation(connection, given.observation)
        if meant.kind == Kind.RULING:
            raise Refused("a ruling is withdrawn, not redacted")
        if meant.organization is None:
            raise Refused("this observation names no organization and holds nothing but addresses")
        every = alike(connection, meant)
        if not given.yes:
            listed = "\n".join(f"  {each.key[:SHORT]}  {each}" for each in every)
            raise Refused(
                f"this erases for ever, with the pictures that nothing else shows:\n{listed}\n"
                "say --yes to do it"
            )
        return _write(
            connection,
            given,
            [
                (
                    each.url,
                    each.organization,
                    {"action": "redact", "subject": "observation", "observation": each.key},
                    str(each),
                )
                for each in every
            ],
        )


def _withdraw(given: argparse.Namespace) -> int:
    with _operator() as connection:
        meant = observation(connection, given.withdrawn)
        if meant.kind != Kind.RULING:
            raise Refused(f"{given.withdrawn!r} is no ruling but a {meant.kind}; see `rule list`")
        known = next(each for each in rulings(connection) if each.key == meant.key)
        if known.ruling and known.ruling.action == "redact":
            raise Refused("a redaction cannot be withdrawn: what it erased is gone")
        if known.state == "withdrawn":
            raise Refused(f"{meant.key[:SHORT]} is withdrawn already")
        content = {"action": "withdraw", "subject": "ruling", "observation": meant.key}
        said = f"{known.says} ({meant.key[:SHORT]})"
        return _write(connection, given, [(meant.url, meant.organization, content, said)])


def _write(
    connection: Connection,
    given: argparse.Namespace,
    said: list[tuple[str, UUID | None, dict[str, Any], str]],
) -> int:
    """Append rulings (url, handle, content, subject in words), all or none; say what follows."""
    written = []
    with connection.transaction():
        row = connection.execute(RULINGS["moment"]).fetchone()
        assert row is not None
        for url, handle, content, subject in said:
            made = _observation(given, url, handle, content, row[0])
            append(connection, made)
            assert isinstance(made.payload, Ruling)
            written.append((made.key, described(made.payload), subject))
    if given.json:
        print(
            json.dumps([{"key": k, "says": s, "subject": who} for k, s, who in written], indent=2)
        )
        return 0
    for key, says, subject in written:
        print(f"ruling {key[:SHORT]}: {says}: {subject}\n  {given.author}: {given.reason}")
    print(NEXT)
    if given.ruling != "redact":
        withdraw = f'rule withdraw {written[0][0][:SHORT]} --reason "…"'
        print(f"to take it back:            python -m normalizer {withdraw}")
    return 0


def _observation(
    given: argparse.Namespace, url: str, handle: UUID | None, content: dict[str, Any], at: datetime
) -> Observation:
    if not given.author or not given.author.strip() or not given.reason.strip():
        raise Refused("a ruling needs an author (--author) and a reason (--reason)")
    try:
        ruling = Ruling(reason=given.reason.strip(), author=given.author.strip(), **content)
        # What the drain will read is what was said: refused here, never parked there.
        made = Observation(Source.OPERATOR, Kind.RULING, url, handle, at, ruling)
        parse_payload(made.kind, made.version, made.raw_data)
    except ValidationError as error:
        said = error.errors(include_url=False, include_input=False)[0]
        raise Refused(str(said["msg"]).removeprefix("Value error, ")) from error
    except ContractViolation as error:
        raise Refused(error.detail) from error
    return made


def _list(given: argparse.Namespace) -> int:
    with _operator() as connection:
        organization = None
        if given.subject:
            meant = find(connection, given.subject)
            organization = meant.dealer_id if isinstance(meant, VehicleSubject) else meant.id
        found = rulings(connection, organization)
    if given.json:
        print(json.dumps([each.as_json() for each in found], indent=2, default=str))
    else:
        print("\n".join(line for each in found for line in each.lines()) or "no rulings")
    return 0
