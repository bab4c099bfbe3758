"""Sentences of their own that say that this car is sold, in the languages of sites met so far."""

import re

__all__ = ["says_sold"]

SOLD_SENTENCE = re.compile(
    r"^\W*(?:(?:sorry|unfortunately|leider|helaas|purtroppo|malheureusement)\W+)?(?:"
    r"this (?:vehicle|car|automobile|motorcar|classic|item|listing) "
    r"(?:has (?:now |already )?been|is (?:now|already)|was recently) sold|"
    r"(?:dieses|das|dieser|der) (?:fahrzeug|auto|wagen) (?:ist|wurde)(?: bereits| leider| schon)? "
    r"verkauft|"
    r"(?:ce véhicule|cette voiture) (?:a (?:déjà )?été|est(?: déjà)?) vendue?|"
    r"(?:deze auto|dit voertuig) is (?:reeds |inmiddels |helaas )?verkocht|"
    r"quest[ao] (?:auto|vettura|veicolo) è (?:già )?(?:stat[ao] )?vendut[ao]|"
    r"(?:(?:denna|den här) )?bil(?:en)? är (?:nu |redan )?såld|"
    r"(?:denne )?bil(?:en)? er (?:nu |nå |allerede )?solgt|"
    r"(?:véhicule|voiture|auto) (?:déjà )?vendue?|(?:veicolo|auto|vettura) (?:già )?vendut[ao]|"
    r"est[ea] (?:coche|veh[íi]culo|auto|cl[áa]sico|unidad) (?:ya )?(?:est[áa]|ha sido|fue) "
    r"(?:ya )?vendid[oa])\s*(?:[.!]|$)",
    re.IGNORECASE,
)
# "SOLD TO CALIFORNIA": in capitals, as a mark is written.
SHOUTED = re.compile(r"\W*SOLD (?:TO|FOR|IN) [^a-z]+")
MAX_SENTENCE = 200


def says_sold(text: str) -> bool:
    """Whether a text says that the car is sold; what else it says follows."""
    if len(text) > MAX_SENTENCE:
        return False
    return SOLD_SENTENCE.match(text) is not None or SHOUTED.fullmatch(text) is not None
