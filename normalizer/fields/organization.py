"""What identifies and describes an organization: license, website, phone, e-mail, name.

License, website and geographic key join profiles (normalizer/identity.py), so each reader prefers
None to a doubtful value: an unanchored license once merged strangers ("headlights"), and the first
link of a page is often a social network.
"""

import ipaddress
import re
from collections.abc import Container
from functools import cache
from urllib.parse import urlsplit

import phonenumbers
from slugify import slugify

from normalizer.fields.address import Address, country_code, parse_address, state_code
from normalizer.fields.text import clean_text, fold
from normalizer.policy import Shape, load

__all__ = [
    "Address",
    "SharedHosts",
    "clean_name",
    "country_code",
    "geographic_key",
    "known_shared_hosts",
    "parse_address",
    "parse_email",
    "parse_license",
    "parse_phone",
    "state_code",
    "website_key",
]

_LONGEST_URL = 2000
_LONGEST_LICENSE_TEXT = 300
_APOSTROPHE = re.compile("['\u2018\u2019\u02bc`\u00b4]")


class OrganizationPolicy(Shape):
    """organization.yml: license labels, title tails, template left-overs."""

    license_labels: list[str]
    bare_license_labels: list[str]
    not_a_license: list[str]
    name_tails: list[str]
    name_heads: list[str]
    placeholder_emails: list[str]
    placeholder_email_hosts: list[str]
    file_endings: list[str]


class SharedHostsPolicy(Shape):
    """shared_hosts.yml: hosts that are nobody's own."""

    with_subdomains: list[str]
    apex_only: list[str]
    asset_hosts: list[str]


class SharedHosts(Container[str]):
    """The hosts that many sellers share; ``host in hosts`` knows the rules for subdomains."""

    def __init__(self, policy: SharedHostsPolicy) -> None:
        self._suffixes = frozenset(policy.with_subdomains) | frozenset(policy.asset_hosts)
        self._apexes = frozenset(policy.apex_only)

    def __contains__(self, host: object) -> bool:
        if not isinstance(host, str):
            return False
        name = host.lower().rstrip(".").removeprefix("www.")
        if name in self._apexes:
            return True
        labels = name.split(".")
        return any(".".join(labels[start:]) in self._suffixes for start in range(len(labels)))


@cache
def known_shared_hosts() -> SharedHosts:
    """The shared hosts of the policy."""
    return SharedHosts(load("shared_hosts", SharedHostsPolicy))


def website_key(url: str | None, shared_hosts: Container[str] | None = None) -> str | None:
    """The origin of ``url`` without scheme, ``www.`` and default port; None where it is no key.

    `website_key("https://www.Example.com:443/cars")` is "example.com"; another port stays. A host
    in ``shared_hosts`` (default: the policy's) belongs to nobody.
    """
    text = (url or "")[:_LONGEST_URL].strip()
    if not text or re.search(r"[\s\x00-\x1f\\]", text):
        return None
    if not re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
        if re.match(r"(?:mailto|tel|javascript|data|sms|whatsapp):", text, re.IGNORECASE):
            return None
        text = "http://" + text.removeprefix("//")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None
    shared = known_shared_hosts() if shared_hosts is None else shared_hosts
    host = _ascii_host(parts.hostname)
    if host is None or host in shared:
        return None
    suffix = "" if port in (None, 80, 443) else f":{port}"
    return f"{host}{suffix}"


def _ascii_host(raw: str) -> str | None:
    """A host name in lower case ASCII without ``www.``, or an IP address; None for neither."""
    host = raw.lower().rstrip(".").removeprefix("www.")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return f"[{address}]" if address.version == 6 else str(address)
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not _HOST.fullmatch(host) or len(host) > 253:
        return None
    return host


def parse_license(raw: str | None) -> str | None:
    """A dealer license, from a labelled text or from a value that is nothing else.

    "Dealer License #: VF/1012345" is VF/1012345, "AB-123" is itself; "LED headlights 2015",
    "license number X" and "driver's license 123456" are None.
    """
    if not raw or not raw.strip():
        return None
    text = " ".join(fold(raw, _LONGEST_LICENSE_TEXT).split())
    for match in _LABELLED_LICENSE.finditer(text):
        before = re.findall(r"[a-z']+", text[: match.start()])[-2:]
        if not set(before) & set(_POLICY.not_a_license) and (value := _license_value(match[1])):
            return value
    return _license_value(text) if len(raw) <= 40 else None


def _license_value(text: str) -> str | None:
    """The license in upper case without spaces, if the text has the shape of one."""
    value = text.strip(" .,;:#()").upper()
    if not _LICENSE.fullmatch(value):
        return None
    solid = re.sub(r"[^A-Z0-9]", "", value)
    if _PHONE_LIKE.fullmatch(value):
        return None
    if re.fullmatch(r"(?:19|20)[0-9]{2}", solid) or len(set(solid)) == 1:
        return None  # A year of foundation, or "00000".
    return value.replace(" ", "")


def parse_phone(raw: str | None, country: str | None = "US") -> str | None:
    """A phone number: "(629) 306-8151" in North America, "+49 2102 9999" elsewhere.

    ``country`` is the ISO code that numbers without a prefix belong to. Not an identity: sellers'
    numbers on marketplaces are often call-tracking ones.
    """
    text = clean_text(raw, 80)
    if text is None:
        return None
    text = re.sub(
        r"^(?:tel|phone|call|callto|fax|p|t|ph)\s*[:.]?\s*", "", text, flags=re.IGNORECASE
    )
    region = country_code(country) or "US"
    # With its country named, a number is taken although the library's plan may not know its range.
    leniency = phonenumbers.Leniency.POSSIBLE if "+" in text else phonenumbers.Leniency.VALID
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=leniency, max_tries=20):
        form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        if match.number.country_code == 1:
            form = phonenumbers.PhoneNumberFormat.NATIONAL
        return phonenumbers.format_number(match.number, form)
    return None


def parse_email(raw: str | None) -> str | None:
    """An e-mail address in lower case; None for template left-overs and file names."""
    text = clean_text(raw, 320)
    if text is None:
        return None
    text = re.sub(r"^mailto:", "", text.lower()).split("?")[0].strip(" <>\"'.,;:")
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        return None
    host = text.rsplit("@", 1)[1]
    if text in _POLICY.placeholder_emails or host in _POLICY.placeholder_email_hosts:
        return None
    if host.rsplit(".", 1)[1] in _POLICY.file_endings:
        return None
    return text


def geographic_key(name: str | None, city: str | None, state: str | None) -> str | None:
    """`slug(name)|slug(city)|STATE`, or None unless all three are there.

    `geographic_key("111 Motorcars", "Franklin", "Tennessee")` is "111-motorcars|franklin|TN".
    Legal suffixes stay: two companies may differ in nothing else. Apostrophes, straight, curly or
    left out, part no words: "Bob's" is "bobs".
    """
    slugs = [slugify(_APOSTROPHE.sub("", (part or "")[:200])) for part in (name, city)]
    region = state_code(state) or slugify((state or "")[:60]).upper()
    if not all(slugs) or not region:
        return None
    return f"{slugs[0]}|{slugs[1]}|{region}"


def clean_name(raw: str | None) -> str | None:
    """A seller's name without what page titles add ("111 Motorcars - Classic.com")."""
    text = clean_text(raw, 300)
    while text:
        shorter = _NAME_HEAD.sub("", _NAME_TAIL.sub("", text), count=1).strip(
            " |-\u2013\u2014:\u00b7\u2022,"
        )
        if shorter == text or not shorter:
            break
        text = shorter
    if not text or not any(char.isalnum() for char in text):
        return None
    if text.casefold() in _POLICY.name_tails:
        return None
    return text[:160].rstrip()


def _either(phrases: list[str]) -> str:
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase) for phrase in ordered)


_POLICY = load("organization", OrganizationPolicy)
_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]|localhost"
)
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_LICENSE = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[A-Z]{0,4}[ /-]{0,1}[0-9][A-Z0-9/-]{1,17}")
_PHONE_LIKE = re.compile(r"\+?1?[ .-]?\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4}")
_LICENSE_NUMBER = r"((?:[a-z]{1,4}[ /-]?)?[0-9][a-z0-9/-]{1,17})(?![a-z0-9])"
# Whole words: the "ber" of "number 12345" is no part of the license.
_NUMBER_SIGN = r"(?:number|num\.?(?![a-z])|no\.?(?![a-z])|nr\.?(?![a-z])|#)"
_LABELLED_LICENSE = re.compile(
    rf"(?<![a-z])(?:(?:{_either(_POLICY.license_labels)})\.?\s*{_NUMBER_SIGN}?\s*[:#-]?\s*"
    rf"|(?:{_either(_POLICY.bare_license_labels)})\.?\s*(?:{_NUMBER_SIGN}\s*[:#]?|[:#])\s*"
    # "DL" alone is also a trim and a unit of volume, so it asks for a longer number.
    rf"|dl\s+(?=[a-z/-]{{0,4}}[0-9]{{5}})){_LICENSE_NUMBER}"
)
_NAME_TAIL = re.compile(
    rf"\s*(?:\s[-\u2013\u2014|:\u00b7\u2022]|[|\u00b7\u2022])\s*(?:{_either(_POLICY.name_tails)})\s*$",
    re.IGNORECASE,
)
_NAME_HEAD = re.compile(
    rf"^(?:welcome to\s+|(?:{_either(_POLICY.name_heads)})\s*[-\u2013\u2014|:\u00b7\u2022]\s*)",
    re.IGNORECASE,
)
