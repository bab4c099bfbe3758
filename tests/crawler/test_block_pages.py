"""Block pages are recognized; honest pages that look a little like one are not.

The block pages are rebuilt from what was met in the field (marks, titles, structure); a dealer's
real page is long, so the honest ones here are long where the trap is a mark and not the length.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from crawler.block_pages import block_kind
from tests.crawler.conftest import Answers
from tests.crawler.loopback import Answer, serve

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
CARS = "".join(
    f'<div class="card"><a href="/vehicles/{n}/1967-ford-mustang"><h3>1967 Ford Mustang Fastback'
    f" number {n}</h3></a><p>Matching numbers, four speed, deluxe interior, ready to drive and"
    " enjoy. Call for details.</p></div>"
    for n in range(40)
)

CLOUDFLARE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390"></head>
<body><div class="main-wrapper" role="main"><div class="main-content"><noscript><div class="h2">
<span id="challenge-error-text">Enable JavaScript and cookies to continue</span></div></noscript>
</div></div><script>(function(){window._cf_chl_opt={cvId:'3',cZone:"www.classic.com",cType:
'managed',cRay:'8f1e2d3c4b5a6978'};})();</script></body></html>"""
CLOUDFLARE_OLD = """<html><head><title>Attention Required! | Cloudflare</title></head><body>
<div id="cf-wrapper"><h1 data-translate="block_headline">Sorry, you have been blocked</h1>
<h2>You are unable to access dealer.example</h2></div></body></html>"""
CLOUDFLARE_TURNSTILE = """<html><head><title>dealer.example</title></head><body>
<h1>dealer.example</h1><h2>Verify you are human by completing the action below.</h2>
<div id="turnstile-wrapper"></div><div data-ray="8f1e2d3c4b5a"></div></body></html>"""
INCAPSULA = """<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW">
</head><body><iframe id="main-iframe" src="/_Incapsula_Resource?SWUDNSAI=31&xinfo=1"
frameborder=0>Request unsuccessful. Incapsula incident ID: 1-2</iframe></body></html>"""
DATADOME = """<html><head><title>dealer.example</title></head><body><p id="cmsg">Please enable JS
and disable any ad blocker</p><script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script>
<script src="https://geo.captcha-delivery.com/captcha/?initialCid=1"></script></body></html>"""
PERIMETERX = """<html><head><title>Access to this page has been denied.</title></head><body>
<div id="px-captcha"></div></body></html>"""
SITEGROUND = """<html><head><link rel="icon" href="data:;"><meta http-equiv="refresh"
content="0;/.well-known/sgcaptcha/?r=%2F&y=ipc:1.2.3.4"></meta></head></html>"""
SUCURI = """<html><title>Sucuri WebSite Firewall - Access Denied</title><body><h1>Access Denied
</h1></body></html>"""
APACHE_403 = """<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1><p>You don't
have permission to access this resource.</p></body></html>"""
NGINX_403 = (
    "<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>"
)
IMUNIFY = """<html><head><title>One moment, please...</title></head><body><h1>Please wait while
your request is being verified...</h1></body></html>"""
MAINTENANCE = """<html><head><title>Down for maintenance</title></head><body><h1>We'll be right
back</h1></body></html>"""
WORDPRESS_MAINTENANCE = """<html><head><title>Maintenance</title></head><body><p>Briefly unavailable
for scheduled maintenance. Check back in a minute.</p></body></html>"""
NAMED_MAINTENANCE = (
    "<title>Gateway Motors &ndash; Under Maintenance</title><body><p>Soon.</p></body>"
)
COMING_SOON = "<title>Coming Soon | Smith Classics</title><body><h1>Coming soon</h1></body>"
PARKED = """<html><head><title>dealer.example is for sale</title></head><body><h1>Buy this domain
</h1><a href="https://sedoparking.com/x">Offer</a></body></html>"""
GODADDY = """<html><head><title>dealer.example</title></head><body><div>This Web page is parked
FREE, courtesy of GoDaddy.com</div></body></html>"""
PARKING_LANDER = """<html><body><script src="https://img1.wsimg.com/parking-lander/static/js/main.js">
</script><div id="root"></div></body></html>"""
SUSPENDED = (
    "<html><head><title>Account Suspended</title></head><body>Contact your host</body></html>"
)
LOGIN = """<html><head><title>Sign In - Dealer Portal</title></head><body><form><input name="user">
<input type="password" name="p"><button>Sign in</button></form></body></html>"""

BLOCKS: list[tuple[str, int, Mapping[str, str], str, str]] = [
    ("cloudflare 403", 403, {}, CLOUDFLARE, "challenge"),
    ("cloudflare 503", 503, {}, CLOUDFLARE, "challenge"),
    ("cloudflare 200", 200, {}, CLOUDFLARE, "challenge"),
    ("cloudflare header alone", 403, {"cf-mitigated": "challenge"}, "", "challenge"),
    ("cloudflare block", 403, {}, CLOUDFLARE_OLD, "denied"),
    ("cloudflare turnstile", 200, {}, CLOUDFLARE_TURNSTILE, "challenge"),
    ("cloudflare ray on a refusal", 403, {}, '<div data-ray="1">wait</div>', "challenge"),
    ("aws waf", 405, {"x-amzn-waf-action": "captcha"}, "", "challenge"),
    ("incapsula", 200, {}, INCAPSULA, "challenge"),
    ("datadome", 403, {}, DATADOME, "challenge"),
    ("perimeterx", 403, {}, PERIMETERX, "challenge"),
    ("perimeterx 200", 200, {}, PERIMETERX, "challenge"),
    ("siteground", 202, {}, SITEGROUND, "challenge"),
    ("imunify", 200, {}, IMUNIFY, "challenge"),
    ("sucuri", 200, {}, SUCURI, "denied"),
    ("apache", 403, {}, APACHE_403, "denied"),
    ("nginx", 403, {}, NGINX_403, "denied"),
    ("any other refusal", 403, {}, "", "denied"),
    ("legal", 451, {}, "", "denied"),
    ("a refusal as long as a page", 403, {}, f"<title>Cars</title>{CARS}", "denied"),
    ("password", 401, {}, "", "login"),
    ("login wall", 200, {}, LOGIN, "login"),
    ("maintenance", 503, {}, MAINTENANCE, "maintenance"),
    ("maintenance 200", 200, {}, MAINTENANCE, "maintenance"),
    ("wordpress maintenance", 503, {}, WORDPRESS_MAINTENANCE, "maintenance"),
    ("named maintenance", 200, {}, NAMED_MAINTENANCE, "maintenance"),
    ("coming soon", 200, {}, COMING_SOON, "coming_soon"),
    ("parked", 200, {}, PARKED, "parked"),
    ("godaddy", 200, {}, GODADDY, "parked"),
    ("parking lander", 200, {}, PARKING_LANDER, "parked"),
    ("suspended", 200, {}, SUSPENDED, "parked"),
]

HONEST: list[tuple[str, int, str]] = [
    ("inventory", 200, f"<title>Inventory</title>{CARS}"),
    (
        "a car that asks for attention",
        200,
        f"<title>Attention Required! 1967 Mustang</title>{CARS}",
    ),
    (
        "the words on the page",
        200,
        f"<title>Cars</title><h1>Attention required: new arrivals</h1>{CARS}",
    ),
    ("a moment in a title", 200, "<title>Just a Moment in Time: the 1957 Bel Air</title><p>Nice."),
    ("a ray in a widget", 200, f'<title>Cars</title><div data-ray="x-ray lamp">Lamp</div>{CARS}'),
    ("a ray on a short page", 200, '<title>About</title><div data-ray="1">Our lamps</div>'),
    (
        "a captcha on a contact form",
        200,
        '<title>Contact us</title><form><input name="email"><div class="g-recaptcha"></div></form>'
        '<script src="https://www.google.com/recaptcha/api.js"></script>',
    ),
    (
        "a turnstile on a contact form",
        200,
        '<title>Contact us</title><form><input name="email"><div class="cf-turnstile"></div></form>'
        '<script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script>',
    ),
    (
        "cloudflare's script in an ordinary page",
        200,
        f'<title>Cars</title>{CARS}<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js">'
        "</script>",
    ),
    (
        "incapsula's script in an ordinary page",
        200,
        f'<title>Cars</title>{CARS}<script src="/_Incapsula_Resource?SWJIYLWA=719"></script>',
    ),
    ("a login box in the header", 200, f'<title>Cars</title><input type="password">{CARS}'),
    ("a login page beside the shop", 200, "<title>Login</title><p>Log in with your phone."),
    ("a car that was parked", 200, "<title>Parked since 1971: barn find</title><p>A barn find."),
    ("a domain of another kind", 200, f"<title>Cars</title><p>Buy this domain of speed!{CARS}"),
    ("a service record", 200, f"<title>1971 240Z</title><p>Under maintenance plan.{CARS}"),
    ("cars that are coming soon", 200, f"<title>Coming Soon - Smith Classics</title>{CARS}"),
    (
        "a small grid of cars that are coming soon",
        200,
        "<title>Coming Soon | Smith Classics</title>"
        + "".join(f'<a href="/vehicles/{n}">1967 Ford Mustang</a>' for n in range(12)),
    ),
    ("denied boarding", 200, "<title>Access Denied Boarding: a bus story</title><p>A bus."),
    ("an empty page", 200, ""),
    ("a short page", 200, "<title>Smith Classics</title><p>Open Monday to Friday."),
    ("gone", 404, "<title>Not found</title><p>No such car."),
    ("gone for good", 410, "<title>Gone</title>"),
    ("a broken server", 500, "<title>500 Internal Server Error</title>"),
    ("an overloaded server", 503, "<title>503 Service Unavailable</title><h1>Busy</h1>"),
]


@pytest.mark.parametrize(
    ("status", "headers", "text", "kind"), [b[1:] for b in BLOCKS], ids=[b[0] for b in BLOCKS]
)
def test_block_pages_are_recognized(
    status: int, headers: Mapping[str, str], text: str, kind: str
) -> None:
    assert block_kind(status, headers, text) == kind


@pytest.mark.parametrize(("status", "text"), [h[1:] for h in HONEST], ids=[h[0] for h in HONEST])
def test_honest_pages_are_not(status: int, text: str) -> None:
    assert block_kind(status, {}, text) is None


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of real pages are not here")
def test_no_real_page_is_taken_for_a_block() -> None:
    pages = sorted(SAMPLES.glob("*/*.html"))
    assert pages
    taken = {
        page.name: kind
        for page in pages
        if (kind := block_kind(200, {}, page.read_text(encoding="utf-8", errors="replace")))
    }
    assert taken == {}


def test_a_block_page_is_counted_and_never_parsed_or_retried(ask: Callable[..., Answers]) -> None:
    pages = {
        "/challenge": Answer(503, CLOUDFLARE),
        "/denied": Answer(403, APACHE_403),
        "/refresh": Answer(200, SITEGROUND),
        "/json": Answer(403, '{"error": "forbidden"}', {"Content-Type": "application/json"}),
        "/page": Answer(),
        "/robots.txt": Answer(403, CLOUDFLARE),
    }
    with serve(pages) as site:
        paths = [path for path in pages if path != "/robots.txt"]
        answers = ask([site.url(path) for path in paths])
    found = {answer["url"]: answer.get("reason") for answer in answers.answers}
    assert list(found.values()) == ["challenge", "denied", "challenge", "denied", None]
    assert answers.stats["paddock/blocked/challenge"] == 2
    assert answers.stats["paddock/blocked/denied"] == 2
    assert sorted(site.paths()) == sorted(pages)
