"""The hash by which a page is known again: of its bytes, without what no reader looks at and every
answer changes.

Only four such parts are cut, each inside the tag that carries it: the nonces of scripts and styles,
the tokens of forms (hidden inputs and meta tags named so), Cloudflare's obfuscation and request
parameters, and comments in which a cache tells when it made the page. Anything else that differs
makes another page.
"""

import re
from hashlib import blake2b

__all__ = ["body_hash"]

TOKEN = (
    rb"[^\s\"'>]*(?:csrf|xsrf|nonce|token|__viewstate|__eventvalidation|form_build_id)[^\s\"'>]*"
)
NAMED = rb"\bname\s*=\s*[\"']?" + TOKEN
VOLATILE: tuple[tuple[bytes, re.Pattern[bytes], bytes], ...] = (
    (
        b"nonce=",
        re.compile(rb"(<(?:script|style|link)\b[^<>]*?\snonce=[\"'])[^\"'<>]*", re.I),
        rb"\1",
    ),
    # A token's value may stand before its name or behind it, so the whole tag is cut.
    (
        b"<input",
        re.compile(rb"<input\b(?=[^<>]*\bhidden\b)(?=[^<>]*" + NAMED + rb")[^<>]*>", re.I),
        b"",
    ),
    (b"<meta", re.compile(rb"<meta\b(?=[^<>]*" + NAMED + rb")[^<>]*>", re.I), b""),
    (b"data-cfemail", re.compile(rb"(\sdata-cfemail=\")[0-9a-f]*(?=\")"), rb"\1"),
    (b"/email-protection#", re.compile(rb"(/email-protection#)[0-9a-f]+"), rb"\1"),
    (b"__CF$cv$params", re.compile(rb"__CF\$cv\$params=\{[^{}<>]{0,300}\}"), b""),
    (
        b"<!--",
        re.compile(
            rb"<!--(?:(?!--|[<>{}]).){0,400}?(?:generated|cached|seconds|queries|served|optimized)"
            rb"(?:(?!--|[<>{}]).){0,400}-->",
            re.I | re.S,
        ),
        b"",
    ),
)
"""What must occur for a pattern to be tried, the pattern, and what stands for it."""


def body_hash(body: bytes) -> str:
    """Hash a page's bytes; equal for two answers that differ in volatile parts alone."""
    for sign, pattern, rest in VOLATILE:
        if sign in body:
            body = pattern.sub(rest, body)
    return blake2b(body, digest_size=20).hexdigest()
