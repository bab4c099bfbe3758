"""Which field a label, a class name or a data attribute speaks of.

One vocabulary for "Stock #:", ``stocknumber_value`` and ``data-displaymileage``; English and the
languages European dealers print.
"""

import re
from functools import lru_cache

__all__ = ["attribute_field", "label_field"]

LABELS: dict[str, tuple[str, ...]] = {
    "year": (
        "year", "model year", "baujahr", "erstzulassung", "ez", "annee", "année", "anno", "bouwjaar",
        "año", "ano", "vehicle year", "yr", "first registration", "1st registration", "registration year",
    ),
    "make": ("make", "manufacturer", "brand", "marke", "hersteller", "marque", "marca", "merk", "vehicle make"),
    "model": ("model", "modell", "modèle", "modele", "modello", "modelo", "vehicle model", "model name"),
    "trim": (
        "trim", "trim level", "series", "variant", "version", "ausführung", "finition", "versione",
        "uitvoering", "submodel", "sub model", "model trim", "vehicle trim", "edition",
    ),
    "mileage": (
        "mileage", "miles", "odometer", "odo", "odometer reading", "kilometers", "kilometres",
        "km", "kms", "kilometerstand", "km stand", "laufleistung", "kilométrage", "kilometrage",
        "chilometraggio", "chilometri", "percorrenza", "kilometraje", "tellerstand", "km stand",
        "quilometragem", "mileage from odometer", "actual mileage", "indicated mileage", "milage",
        "vehicle mileage", "mi", "odometer miles", "exact mileage", "current mileage",
    ),
    "vin": (
        "vin", "vin number", "vin no", "vin nr", "chassis", "chassis number", "chassis no", "chassis nr",
        "chassisnummer", "fahrgestellnummer", "fahrgestellnr", "fahrgestell nr", "fin",
        "numéro de châssis", "numero de chassis", "n de châssis", "n châssis", "châssis", "telaio",
        "numero di telaio", "numero telaio", "bastidor", "serial number", "serial no", "serial",
        "vehicle identification number", "vin chassis", "vin chassis number", "frame number",
        "vin serial number", "vin serial", "chassis vin", "body number", "vehicle vin", "vin code",
    ),
    "stock_number": (
        "stock", "stock number", "stock no", "stock nr", "stk", "stk no", "stock id", "inventory number",
        "inventory no", "inventory id", "lagernummer", "lager nr", "bestandsnummer", "interne nummer",
        "référence", "reference", "ref", "ref no", "reference number", "reference no", "riferimento",
        "rif", "referentie", "voorraadnummer", "inventory", "item number", "item no", "unit number",
        "sku", "vehicle id", "listing number", "stock code", "stocknumber", "stockno", "dealer stock",
        "vehicle stock", "our ref", "stknum", "stockid", "angebotsnummer", "angebots nr",
    ),
    "body_style": (
        "body", "body style", "body type", "bodystyle", "bodytype", "karosserie", "aufbau", "carrosserie",
        "carrozzeria", "style", "coachwork", "vehicle body", "karosserieform", "carroceria", "carrocería",
        "body class", "vehicle style", "vehicle body style",
    ),
    "exterior_color": (
        "exterior", "exterior color", "exterior colour", "ext color", "ext colour", "ext", "color", "colour",
        "paint", "paint color", "body color", "body colour", "außenfarbe", "aussenfarbe", "farbe",
        "lackierung", "couleur", "couleur extérieure", "couleur exterieure", "colore", "colore esterno",
        "esterno", "kleur", "kleur exterieur", "color exterior", "exteriorcolor", "extcolor", "external color",
        "exterior paint", "outside color", "external colour",
    ),
    "interior_color": (
        "interior", "interior color", "interior colour", "int color", "int colour", "int", "upholstery",
        "trim color", "trim colour", "innenfarbe", "innenausstattung", "interieur", "intérieur",
        "couleur intérieure", "couleur interieure", "sellerie", "interni", "interno", "colore interno",
        "kleur interieur", "bekleding", "interiorcolor", "intcolor", "internal color", "seat color",
        "seats", "tapicería", "leather", "inside color",
    ),
    "engine": (
        "engine", "motor", "engine size", "engine type", "moteur", "motore", "motorisierung", "engine description",
        "powertrain", "displacement", "hubraum", "cylindrée", "cilindrata", "motorinhoud", "engine capacity",
        "vehicle engine", "motorisation", "engine displacement",
    ),
    "transmission": (
        "transmission", "trans", "gearbox", "getriebe", "boîte", "boite", "boîte de vitesses",
        "boite de vitesses", "boîte de vitesse", "cambio", "versnellingsbak", "transmissie", "tranny",
        "transmission type", "schaltung", "vehicle transmission", "trasmissione", "transmisión",
    ),
    "drivetrain": (
        "drivetrain", "drive train", "drive", "drive type", "drivetype", "drive line", "driveline", "antrieb",
        "antriebsart", "trazione", "aandrijving", "wheel drive", "drive wheel configuration", "drivewheel",
        "tracción", "drive wheels",
    ),
    "location": (
        "location", "showroom", "standort", "located", "located in", "lieu", "sede", "locatie", "dealership",
        "vehicle location", "store", "branch", "car location", "ubicación",
    ),
    "price": (
        "price", "our price", "asking price", "asking", "sale price", "internet price", "preis", "prix",
        "prezzo", "prijs", "precio", "list price", "now", "special price", "your price", "final price",
        "selling price", "web price", "cash price", "verkaufspreis", "kaufpreis", "prix de vente",
        "vraagprijs", "no haggle price", "online price", "e price", "eprice", "internet special",
    ),
    "status": (
        "status", "availability", "sale status", "vehicle status", "verfügbarkeit", "disponibilité",
        "disponibilità", "disponibilita", "stock status", "listing status", "beschikbaarheid", "state of sale",
    ),
    "title": ("title", "vehicle", "name", "vehicle name", "fahrzeug", "véhicule", "veicolo", "auto", "car"),
}  # fmt: skip
FIELDS = {label: name for name, labels in LABELS.items() for label in labels}
NOISE = re.compile(r"[#№:.°º*()\[\]]+|\bno\.?$|\bnr\.?$|\bn°")
# Words that templates wrap around a field's name in class names and data attributes.
WRAPPERS = frozenset(
    """data vehicle display car listing item inventory value val label text field info spec specs
    detail details srp vlp vdp tile card block the js attr attribute prop cell col column row
    result grid list component meta feature vehicles cars auto wp raw line main badge""".split()
)
JOINED = {
    label.replace(" ", ""): name for name in LABELS if name != "title" for label in LABELS[name]
}
JOINED |= {"displaytitle": "title", "title": "title", "name": "title"}
NOT_FIELDS = frozenset(
    ["miles", "drive", "body", "int", "ext", "now", "mi", "km", "style", "store"]
)


@lru_cache(maxsize=4_096)
def label_field(label: str) -> str | None:
    """Return the field a printed label names, or None: "Stock #:" → stock_number."""
    if len(label) > 40:
        return None
    text = " ".join(NOISE.sub(" ", label.casefold().replace("-", " ").replace("/", " ")).split())
    text = text.replace("'", "")
    return FIELDS.get(text) or FIELDS.get(re.sub(r"\s(?:no|nr|number)$", "", text))


@lru_cache(maxsize=8_192)
def attribute_field(name: str) -> str | None:
    """Return the field a class name or data attribute names: ``vehicle-mileage__value`` →
    mileage, ``data-displayextcolor`` → exterior_color."""
    words = [
        word
        for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower())
        if word
    ]
    core = [word for word in words if word not in WRAPPERS]
    if not core or len(core) > 3:
        return None
    joined = "".join(core)
    joined = joined.removeprefix("display").removeprefix("vehicle")
    if joined in NOT_FIELDS:
        return None
    return JOINED.get(joined)
