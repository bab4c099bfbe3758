"""Pages that are not the site's, told apart in the languages that dealers write; and no page with
cars is ever taken for one."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler.block_pages import block_kind
from crawler.extract.page import Page
from crawler.extract.page_kind import page_kind
from crawler.platforms import recognize
from replica.dealers import BY_KEY
from replica.page import Visit
from replica.sites.dealer import DealerSite

FIXTURES = Path(__file__).parents[1] / "fixtures"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


def titled(title: str, text: str = "") -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"


def form(title: str, text: str = "") -> str:
    return (
        f"<html><head><title>{title}</title></head><body><p>{text}</p><form>"
        '<input name="user"><input type="password" name="p"><button>OK</button></form></body></html>'
    )


def consent(text: str, button: str) -> str:
    return (
        "<html><head><title>Smith Classics</title></head><body><div id='consent'>"
        f"<p>{text}</p><button>{button}</button></div></body></html>"
    )


LINKS = "".join(f'<a href="/click?{n}">Offer {n}</a>' for n in range(30))

MESSAGES: dict[str, list[str]] = {
    "maintenance": [
        titled("Down for Maintenance"),
        titled("Site Maintenance"),
        titled("Smith Classics - Under Maintenance", "Please come again."),
        titled("Scheduled Maintenance"),
        titled("We'll be right back"),
        titled("We'll be back soon!"),
        titled("Website temporarily unavailable"),
        titled("Wartungsarbeiten"),
        titled("Webseite im Wartungsmodus", "Bitte besuchen Sie uns später."),
        titled("Autohaus Müller – In Wartung"),
        titled("Site en maintenance"),
        titled("Maintenance en cours | Garage Dupont"),
        titled("Sitio en mantenimiento"),
        titled("Sito in manutenzione"),
        titled("Website in onderhoud"),
        titled("Site em manutenção"),
        titled("Underhåll"),
        titled("Przerwa techniczna"),
        titled("メンテナンス中"),
        titled("Gateway Motors", "Our site is currently undergoing scheduled maintenance."),
        titled("Garage", "Notre site est en maintenance, revenez bientôt."),
    ],
    "coming_soon": [
        titled("Coming Soon"),
        titled("Smith Classics | Coming soon", "Sign up for news."),
        titled("Website coming soon"),
        titled("Launching soon!"),
        titled("Under Construction"),
        titled("Hier entsteht eine neue Internetpräsenz"),
        titled("Seite im Aufbau"),
        titled("Site en construction"),
        titled("Bientôt en ligne"),
        titled("Página en construcción"),
        titled("Próximamente"),
        titled("Sito in costruzione"),
        titled("Prossimamente online"),
        titled("Website in opbouw"),
        titled("Binnenkort beschikbaar"),
        titled("Em breve"),
        titled("Kommer snart"),
        titled("Strona w budowie"),
        titled("Smith Classics", "Our new website is coming soon."),
    ],
    "hosting_default": [
        titled("Apache2 Ubuntu Default Page: It works"),
        titled("Apache2 Debian Default Page: It works"),
        titled("Welcome to nginx!", "If you see this page, the nginx web server is installed."),
        titled("IIS Windows Server"),
        titled("Test Page for the Nginx HTTP Server on Fedora"),
        titled("HTTP Server Test Page powered by CentOS"),
        titled("Domain Default page"),
        titled("Default Web Site Page"),
        titled("Index of /"),
        titled("It works!"),
        titled("Welcome", "This is the default web page for this server."),
        titled("Standaardpagina"),
    ],
    "parked": [
        titled("smithclassics.com is for sale"),
        titled("Diese Domain steht zum Verkauf"),
        titled("Domaine à vendre"),
        titled("Este dominio está en venta"),
        titled("Dominio in vendita"),
        titled("Deze domeinnaam is te koop"),
        f"<title>smithclassics.com</title><body><p>Diese Domain steht zum Verkauf.</p>{LINKS}</body>",
        f"<title>smithclassics.com</title><body><p>This domain is for sale</p>{LINKS}</body>",
        f"<title>x.com</title><body><p>Este dominio está en venta</p>{LINKS}</body>",
        titled("x", "Looks like this domain isn't connected to a website yet."),
        titled("Website Expired"),
        titled("Smith", "This shop is currently unavailable."),
        titled("Smith", "smith.wordpress.com is gone. The authors have deleted this site."),
        titled("Future home of something quite cool"),
    ],
    "login": [
        form("Login"),
        form("Sign in to your account"),
        form("Dealer Login | Smith Motors"),
        form("Anmelden"),
        form("Kundenlogin – Autohaus Müller"),
        form("Connexion"),
        form("Iniciar sesión"),
        form("Accedi"),
        form("Inloggen"),
        form("Logga in"),
        form("Smith Classics", "Enter store using password:"),
        form("Smith Classics", "This content is password protected."),
        form("Oldtimer Müller", "Diese Seite ist passwortgeschützt."),
    ],
    "cookie_wall": [
        titled("Before you continue to Smith Classics"),
        titled("Bevor Sie fortfahren"),
        consent("We use cookies. Accept all cookies to continue to our site.", "Accept"),
        consent("Before you continue, tell us which cookies we may set.", "I agree"),
        consent("Wir verwenden Cookies. Bevor Sie fortfahren, stimmen Sie bitte zu.", "Zustimmen"),
        consent("Acceptez les cookies pour continuer vers le site.", "Accepter"),
        consent("Acepte las cookies para continuar.", "Aceptar"),
        consent("Accetta i cookie per continuare.", "Accetta"),
        consent("Accepteer cookies om door te gaan.", "Akkoord"),
    ],
}
SOFT_404 = [
    "Page not found",
    "Page Not Found - Smith Classics",
    "404",
    "404 Not Found",
    "Error 404",
    "Oops! That page can't be found.",
    "The page you requested could not be found",
    "This page does not exist",
    "Sorry, we can't find that page",
    "Seite nicht gefunden",
    "Fehler 404 – Autohaus Müller",
    "Diese Seite existiert nicht mehr",
    "Page introuvable | Garage Dupont",
    "Cette page n'existe plus",
    "Página no encontrada",
    "Pagina non trovata",
    "Pagina niet gevonden",
    "Página não encontrada",
    "Sidan kunde inte hittas",
    "Siden findes ikke",
    "ページが見つかりません",
]
ABANDONED = ("generic/maintenance_page/page.html", "motorcar_marketing/abandoned_site/page.html")
"""The goldens that are messages themselves."""
NO_MESSAGES = [
    titled("1957 Chevrolet Bel Air - Coming Soon"),
    titled("Smith Classics", "We look after your car: maintenance, repair, storage."),
    titled("Smith Classics", "This site uses cookies."),
    titled("Inventory", "No vehicles found matching your search."),
    titled("Inventory", "There are currently no cars in stock."),
    titled("Cars found", "We found the page of history this car wrote."),
    titled("Used cars", "0 vehicles available"),
    titled("Ferrari 404 GTB Speciale", "A replica."),
    titled("Peugeot 404 Coupé"),
    titled("Not Found Motors of Reno", "Open daily."),
    titled("Login Motors", "A family business since 1962, at Login in Wales."),
    form("Smith Classics", "Customers log in here; visitors are welcome to the showroom."),
    "<title>Smith</title><body><script src='/app.js'></script><div id='root'></div></body>",
    "<title>Smith</title><body><img src='/lot.jpg'></body>",
    titled("Coming soon: our 1967 Mustang"),
    titled("Maintenance and service | Smith Classics", "Book a slot."),
    titled("Domaine de la Voiture Ancienne", "Musée et vente."),
    "<title>Coming soon | Smith</title><body><h2>1967 Ford Mustang</h2><p>Arriving Friday.</p></body>",
]  # fmt: skip


def test_messages_are_told_apart() -> None:
    tried: Counter[str] = Counter()
    wrong = []
    for kind, pages in MESSAGES.items():
        for html in pages:
            tried[kind] += 1
            found = block_kind(200, {}, html, "www.smithclassics.com")
            if found != kind:
                wrong.append((kind, found, html))
    for text in SOFT_404:
        tried["soft_404"] += 1
        for html in (titled(text), f"<title>Smith</title><body><h1>{text}</h1></body>"):
            assert block_kind(200, {}, html) is None
            if (found := page_kind(Page("https://x.example/cars", html))) != "soft_404":
                wrong.append(("soft_404", found, html))
    print(f"page kinds: {sum(tried.values())} tried, {len(wrong)} not recognized; {dict(tried)}")
    assert wrong == []
    assert sum(tried.values()) >= 60


@pytest.mark.parametrize("html", NO_MESSAGES)
def test_words_of_a_message_do_not_make_one(html: str) -> None:
    assert block_kind(200, {}, html) is None
    assert page_kind(Page("https://x.example/cars", html)) is None


@pytest.mark.parametrize(
    "html", ["", " \n", "<html></html>", "<html><head><title></title></head><body>  </body></html>"]
)
def test_nothing_at_all_is_an_empty_page(html: str) -> None:
    assert page_kind(Page("https://x.example/cars", html)) == "empty"


def test_a_grid_that_leads_to_a_login_is_behind_one() -> None:
    html = form("Smith Classics") + LINKS
    assert page_kind(Page("https://x.example/account/login?return=/cars", html)) == "login"
    assert page_kind(Page("https://x.example/cars", html)) is None


def test_a_domain_that_leads_to_a_seller_of_domains_is_parked() -> None:
    html = "<title>Smith</title>" + LINKS
    assert block_kind(200, {}, html, "www.hugedomains.com") == "parked"
    assert block_kind(200, {}, html, "hugedomains.com.example") is None


def honest_pages() -> Iterator[tuple[str, str, str]]:
    """(name, URL, HTML) of every page that goldens, samples and the replica have."""
    for path in sorted((*FIXTURES.rglob("*.html"), *SAMPLES.rglob("*.html"))):
        text = path.read_text(encoding="utf-8", errors="replace")
        yield str(path), f"https://dealer.example/{path.stem}", text
    for key, dealer in BY_KEY.items():
        site = DealerSite(1, dealer, f"http://{key}.example", "http://cdn.example")
        for url in (f"{site.origin}/", f"{site.origin}/contact", *map(site.grid_url, range(1, 4))):
            parts = urlsplit(url)
            page = site.answer(Visit(parts.path, dict(parse_qsl(parts.query)), 1))
            if page.status == 200 and not dealer.challenged:
                yield url, url, page.body.decode(page.charset)


def test_no_page_with_cars_is_taken_for_a_message() -> None:
    tried, taken = 0, {}
    for name, url, html in honest_pages():
        tried += 1
        if kind := block_kind(200, {}, html, "dealer.example"):
            taken[name] = kind
            continue
        page = Page(url, html)
        # What a walk asks of pages without cars must not be said of those with cars either.
        if kind := page_kind(page):
            cards = recognize(page).read_grid(page).cards
            status = recognize(page).read_status(page).status
            if cards or status not in ("gone", "unknown"):
                taken[name] = kind
    print(f"honest pages: {tried} tried, {len(taken)} taken for messages")
    assert taken == {str(FIXTURES / name): "maintenance" for name in ABANDONED}
    assert tried > 150
