"""The words by which pages that are not the site's are known, in the languages that dealers write.

Titles are whole titles, or a part of one beside the dealer's name ("Smith Classics - Coming soon");
texts count only on pages that are next to nothing but their message (`crawler.block_pages`).
"""

import re

__all__ = [
    "BRIEF_TEXTS",
    "COMING_SOON_TITLE",
    "COOKIE_TEXT",
    "COOKIE_TITLE",
    "COOKIE_WORD",
    "DOMAIN_SELLERS",
    "HOSTING_TITLE",
    "LOGIN_TITLE",
    "MAINTENANCE_TITLE",
    "PARKED_TITLE",
    "PARKING_TEXT",
    "PASSWORD_TEXT",
]


def _beside_a_name(words: str) -> str:
    return rf"(?:.* - )?(?:{words})[.!]*(?:\.\.\.)?(?: - .*)?"


MAINTENANCE_TITLE = _beside_a_name(
    r"(?:site |website |we'?re |is |currently |temporarily )*"
    r"(?:under |down for |in |undergoing )?(?:scheduled |routine |site |website )?"
    r"maintenance(?: mode| in progress)?"
    r"|(?:we'll )?be (?:right )?back (?:soon|shortly)|(?:we will|we'll) be (?:right )?back"
    r"|(?:web)?site (?:is )?(?:temporarily )?(?:unavailable|offline|down)"
    r"|(?:(?:unsere |diese |die )?(?:web)?seite (?:ist )?)?(?:in|im) wartung(?:smodus)?"
    r"|wartungs(?:arbeiten|modus|pause)|(?:wegen )?wartung(?:sarbeiten)?(?: geschlossen)?"
    r"|(?:vor\u00fcbergehend|momentan|derzeit) nicht (?:erreichbar|verf\u00fcgbar)"
    r"|(?:le |notre )?(?:site )?(?:est )?(?:actuellement )?en maintenance|maintenance en cours"
    r"|site (?:temporairement |momentan\u00e9ment )?indisponible"
    r"|(?:sitio |p\u00e1gina |web |estamos )*en mantenimiento"
    r"|(?:sito )?in manutenzione|manutenzione(?: in corso)?"
    r"|sito (?:temporaneamente |momentaneamente )?non disponibile"
    r"|(?:website |site )?(?:in|onder) onderhoud|tijdelijk niet (?:beschikbaar|bereikbaar)"
    r"|(?:site )?em manuten\u00e7\u00e3o"
    r"|underh\u00e5ll(?:sarbete)?|(?:under )?vedligeholdelse|(?:under )?vedlikehold"
    r"|przerwa techniczna|\u30e1\u30f3\u30c6\u30ca\u30f3\u30b9\u4e2d"
)
COMING_SOON_TITLE = _beside_a_name(
    r"(?:(?:our |a )?new )?(?:web)?(?:site )?(?:is )?(?:coming|launching|opening) soon"
    r"|(?:(?:web)?site (?:is )?)?under construction"
    r"|hier entsteht .*|(?:(?:web)?seite |homepage )?(?:ist )?im aufbau|demn\u00e4chst(?: hier)?"
    r"|in k\u00fcrze(?: verf\u00fcgbar| online)?|baustelle"
    r"|(?:site )?en (?:cours de )?construction|bient\u00f4t(?: disponible| en ligne)?"
    r"|prochainement(?: en ligne)?"
    r"|(?:sitio |p\u00e1gina |web )*en construcci\u00f3n|pr\u00f3ximamente|muy pronto"
    r"|(?:sito )?in (?:costruzione|allestimento)|prossimamente(?: online)?|presto online"
    r"|(?:website |site )?in (?:op|aan)bouw|binnenkort(?: online| beschikbaar)?"
    r"|(?:site )?em constru\u00e7\u00e3o|em breve"
    r"|kommer snart|under uppbyggnad|strona w (?:budowie|przebudowie)|wkr\u00f3tce"
)
HOSTING_TITLE = (
    r"apache2? .*default page.*|welcome to nginx.*|iis windows(?: server)?"
    r"|(?:http server )?test page (?:for the (?:apache|nginx|http server).*|powered by .*)"
    r"|(?:default|domain default|web server'?s default) (?:web )?(?:site )?page.*"
    r"|plesk .*default.*|welcome to (?:your new website|cpanel|plesk|centos).*"
    r"|index of /.*|it works!?|xampp.*|caddy works!?|success! your new web server.*"
    r"|(?:rocky|alma)? ?(?:linux )?http server test page.*|hosting platforma?.* default.*"
    r"|defaultseite|page par d\u00e9faut.*|p\u00e1gina (?:por defecto|predeterminada).*"
    r"|pagina (?:predefinita|di cortesia).*|standaardpagina.*|site not installed.*"
)
COOKIE_TITLE = _beside_a_name(
    r"before you continue(?: to .*)?|cookie (?:consent|wall)(?: required)?|consent required"
    r"|bevor sie fortfahren(?: .*)?|cookie-?(?:einwilligung|zustimmung)"
    r"|avant de continuer|antes de continuar|prima di continuare|voordat je verdergaat"
    r"|cookie ?toestemming"
)
PARKED_TITLE = (
    r"(?:diese )?domain (?:steht zum verkauf|zu verkaufen|geparkt|reserviert).*"
    r"|(?:ce )?(?:nom de )?domaine (?:est )?(?:\u00e0 vendre|parqu\u00e9|r\u00e9serv\u00e9).*"
    r"|(?:este )?dominio (?:est\u00e1 )?(?:en venta|a la venta|aparcado|reservado).*"
    r"|(?:questo )?dominio (?:\u00e8 )?(?:in vendita|parcheggiato|registrato).*"
    r"|(?:dit |deze )?domein(?:naam)? (?:is )?(?:te koop|geparkeerd|gereserveerd).*"
    r"|(?:web)?site (?:no longer available|has been (?:deleted|disabled|suspended))"
    r"|future home of .*"
)

PARKING_TEXT = re.compile(
    r"\b(?:(?:buy|make an offer on) this domain|this domain (?:name )?(?:is|may be) for sale"
    r"|this domain has expired|parked free,? courtesy of|domain is parked"
    r"|diese domain (?:steht zum verkauf|ist geparkt|k\u00f6nnte zum verkauf stehen)"
    r"|(?:ce|le) (?:nom de )?domaine est (?:\u00e0 vendre|parqu\u00e9)"
    r"|este dominio est\u00e1 (?:en|a la) venta|questo dominio \u00e8 in vendita"
    r"|de(?:ze)? domein(?:naam)? is te koop"
    r"|(?:looks like )?this domain isn'?t connected to a website yet"
    r"|domain (?:is )?not (?:yet )?connected to (?:a|any) (?:web)?site)\b",
    re.I,
)
"""Counts even among many links: parking pages are full of links to advertisers."""

BRIEF_TEXTS = [
    (
        "parked",
        re.compile(
            r"\b(?:this (?:shop|store|site|website) is (?:currently|no longer) (?:un)?available"
            r"|the authors have deleted this site|this account has been suspended"
            r"|website (?:has )?expired|future home of something)\b",
            re.I,
        ),
    ),
    (
        "hosting_default",
        re.compile(
            r"\b(?:this is the default (?:welcome |web )*page|default web page for this (?:server|"
            r"site)|web server is successfully installed|if you (?:can read|see) this page, the"
            r" (?:nginx|apache|http|web)|there is no website configured at this address)\b",
            re.I,
        ),
    ),
    (
        "coming_soon",
        re.compile(
            r"\b(?:(?:our|the|a) new (?:web)?site is (?:coming|launching) soon"
            r"|(?:web)?site (?:is )?(?:currently )?under construction"
            r"|hier entsteht (?:eine|unsere|in k\u00fcrze)|site en (?:cours de )?construction"
            r"|(?:p\u00e1gina|sitio)(?: web)? en construcci\u00f3n"
            r"|sito in (?:costruzione|allestimento)"
            r"|website in (?:op|aan)bouw|strona w budowie)\b",
            re.I,
        ),
    ),
    (
        "maintenance",
        re.compile(
            r"\b(?:(?:down for|under|undergoing|performing) (?:scheduled |routine )?maintenance"
            r"|briefly unavailable for scheduled maintenance|wird (?:gerade |derzeit )?gewartet"
            r"|wartungsarbeiten|(?:site |est )en maintenance|en mantenimiento|in manutenzione"
            r"|(?:in|onder) onderhoud|em manuten\u00e7\u00e3o)\b",
            re.I,
        ),
    ),
]
"""In this order, on pages with hardly more text than that."""

LOGIN_TITLE = re.compile(
    _beside_a_name(
        r"(?:log ?in|sign ?in|member login|customer login|dealer login|please (?:log|sign) in"
        r"|login required)(?: to .*)?"
        r"|anmelden|anmeldung|einloggen|(?:kunden|h\u00e4ndler)-?login"
        r"|(?:se )?connexion|se connecter"
        r"|iniciar sesi\u00f3n|acceso (?:clientes|usuarios)|accedi|accesso (?:clienti|riservato)"
        r"|inloggen|logga in|logg inn|log ind|zaloguj(?: si\u0119)?"
    ),
    re.I,
)
PASSWORD_TEXT = re.compile(
    r"\b(?:enter (?:store )?using (?:a )?password|(?:content|site|page|store) is password protected"
    r"|passwortgesch\u00fctzt|prot\u00e9g\u00e9e? par (?:un )?mot de passe"
    r"|protegid[ao] (?:por|con) contrase\u00f1a|protett[oa] da password"
    r"|met een wachtwoord beveiligd)\b",
    re.I,
)
COOKIE_WORD = re.compile(r"\bcookies?\b", re.I)
COOKIE_TEXT = re.compile(
    r"\b(?:(?:accept|agree|consent)\b.{0,80}\b(?:to continue|to access|to view|to enter|to proceed)"
    r"|before (?:you|we) (?:can )?(?:continue|proceed|enter)"
    r"|(?:bevor sie fortfahren|um fortzufahren)|(?:avant de|pour) continuer"
    r"|(?:antes de|para) continuar|(?:prima di|per) continuare"
    r"|om (?:verder|door) te gaan|f\u00f6r att forts\u00e4tta)\b",
    re.I,
)
"""What a consent page says and a banner above a page does not: that there is no way on without."""

DOMAIN_SELLERS = frozenset(
    (
        *("hugedomains.com", "sedo.com", "sedoparking.com", "dan.com"),
        *("afternic.com", "buydomains.com", "domainmarket.com", "undeveloped.com"),
        *("parkingcrew.net", "bodis.com", "domainnamesales.com", "brandbucket.com"),
        *("squadhelp.com", "atom.com", "namejet.com", "dynadot.com"),
    )
)
"""Hosts that sell domains, and no cars: where a lapsed domain is redirected to."""
