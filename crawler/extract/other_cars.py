"""How templates name, and pages head, what they show of other cars beside a vehicle."""

import re

__all__ = ["OTHER_CARS", "OTHER_CARS_HEADING"]

OTHER_CARS = re.compile(
    r"related|similar|recommend|also[-_]?like|you[-_]?(?:may|might)|recently|suggest|"
    r"other[-_]?(?:vehicles|cars|listings|stock|inventory)|"
    r"more[-_]?(?:vehicles|cars|inventory|stock|from)|cross[-_]?sell|up[-_]?sell|"
    r"featured[-_]?(?:vehicles|cars|inventory|listings)|"
    r"(?:latest|new)[-_]?(?:arrivals|stock|inventory|cars|vehicles)|just[-_]?sold|(?:^|[\s_-])comps(?:$|[\s_-])|"
    r"(?:^|[\s_-])(?:[äa]hnliche|weitere[-_]?fahrzeuge|similaires|simili|vergelijkbare?|"
    r"altri[-_]?veicoli|altre[-_]?auto|andere[-_]?auto)",
    re.IGNORECASE,
)
OTHER_CARS_HEADING = re.compile(
    r"^\W*(?:(?:more|other|further|our|see|view|browse|explore|also|latest|new(?:est)?|recent|"
    r"featured|current|additional|comparable|the) )*"
    r"(?:(?:comparable|similar|related|recommended|recent|new) )?"
    r"(?:(?:vehicles|cars|classics|listings|arrivals|inventory|stock|collection|automobiles|"
    # "Stock #: 5210" is a fact.
    r"offerings|sales|comps)\b(?!\W*(?:#|no\b|nr\b|num|id\b|:)).{0,60}|"
    r"(?:in (?:our|the) (?:showroom|stock|inventory)|you (?:may|might) .*))$|"
    r"^\W*(?:more|other|further|similar|also) (?:\w+[\s'-]){0,3}(?:vehicles|cars|classics|"
    r"listings|in stock|for sale|available|from|like|you)\b|"
    r"^\W*(?:recently |just |previously )sold|^\W*(?:weitere|andere|[äa]hnliche|neueste)\b.{0,20}"
    r"(?:fahrzeuge|autos|angebote|oldtimer|wagen|inserate)|^\W*(?:das|dies).{0,30}interessieren|"
    r"^\W*(?:autres|plus de|nos|derni[èe]res?)\b.{0,20}(?:v[ée]hicules|voitures|annonces|arriv)|"
    r"^\W*v[ée]hicules? similaires|"
    r"vous (?:aimerez|pourri|plai)|^\W*(?:altre|altri|ultim[ei])\b.{0,20}(?:auto|veicoli|vetture|"
    r"arrivi|annunci)|(?:veicoli|auto) simili|potrebbe|^\W*(?:andere|meer|vergelijkbare|ook|"
    r"laatste)\b.{0,25}(?:auto|wagens|voertuigen|occasions|klassiekers|interess)|"
    r"^\W*(?:otros|m[áa]s|similares)\b.{0,20}(?:coches|veh[íi]culos)|"
    r"^\W*(?:andra|liknande|andre)\b.{0,20}(?:bilar|biler)",
    re.IGNORECASE,
)
