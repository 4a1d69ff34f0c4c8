"""Safeguards of data that goes to a country outside the European Economic Area (GDPR Art 44-49). Pure.

They are required wherever the company itself is: the GDPR asks them of everyone who passes data on (Art 44), and the
portal applies the GDPR to customers whose own law it does not know. Data that stays in the country of a company
outside the area needs none (OWN_COUNTRY). Inside the area the law itself protects the data.
"""

from collections.abc import Collection, Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consents.core.countries import EEA
from consents.core.refusals import NotValid


class Safeguard(models.TextChoices):
    """Safeguards in the codes of the DPV eu-gdpr extension, with the words that officers and customers read."""

    ADEQUACY = "A45-3", pgettext_lazy("safeguard", "a decision that its law protects data as ours does")
    AUTHORITIES = "A46-2-a", pgettext_lazy("safeguard", "a binding agreement between authorities")
    CORPORATE_RULES = "A46-2-b", pgettext_lazy("safeguard", "binding corporate rules")
    CLAUSES = "A46-2-c", pgettext_lazy("safeguard", "standard contractual clauses of the European Commission")
    CLAUSES_OF_AUTHORITY = "A46-2-d", pgettext_lazy("safeguard", "standard contractual clauses of an authority")
    CODE_OF_CONDUCT = "A46-2-e", pgettext_lazy("safeguard", "an approved code of conduct")
    CERTIFICATION = "A46-2-f", pgettext_lazy("safeguard", "an approved certification")
    ALLOWED_CLAUSES = "A46-3-a", pgettext_lazy("safeguard", "a contract that an authority has allowed")
    ALLOWED_ARRANGEMENT = "A46-3-b", pgettext_lazy("safeguard", "an arrangement that an authority has allowed")
    EXPLICIT_CONSENT = "A49-1-a", pgettext_lazy("derogation", "explicit consent")
    CONTRACT = "A49-1-b", pgettext_lazy("derogation", "a contract with the customer")
    CONTRACT_FOR_THEM = "A49-1-c", pgettext_lazy("derogation", "a contract made for the customer")
    PUBLIC_INTEREST = "A49-1-d", pgettext_lazy("derogation", "an important public interest")
    LEGAL_CLAIMS = "A49-1-e", pgettext_lazy("derogation", "legal claims")
    VITAL_INTERESTS = "A49-1-f", pgettext_lazy("derogation", "a danger to somebody’s life")
    PUBLIC_REGISTER = "A49-1-g", pgettext_lazy("derogation", "a public register that it is part of")
    OWN_COUNTRY = "own-country", pgettext_lazy("safeguard", "nothing is needed: it is the company’s own country")

    @property
    def is_derogation(self) -> bool:
        """Tell whether nothing protects the data there, and the law allows the transfer all the same (Art 49)."""
        return self.value.startswith("A49")


class NothingProtectsIt(NotValid):
    sentence = _("This country is outside the European Economic Area. Choose what protects the data there.")


class LawProtectsIt(NotValid):
    sentence = _("Inside the European Economic Area the law itself protects the data. Leave this empty.")


class NotOurCountry(NotValid):
    sentence = _("This is not the company’s own country. Choose what protects the data there.")


def check_safeguard(country: str, safeguard: str, *, home: str) -> None:
    """Check the safeguard of a recipient. Raises NothingProtectsIt, LawProtectsIt, NotOurCountry."""
    if country in EEA and safeguard:
        raise LawProtectsIt
    if country not in EEA and not safeguard:
        raise NothingProtectsIt
    if safeguard == Safeguard.OWN_COUNTRY and country != home:
        raise NotOurCountry


def describe_safeguard(safeguard: str) -> str:
    """Say it as a customer reads it; empty where there is nothing to tell."""
    if not safeguard or safeguard == Safeguard.OWN_COUNTRY:
        return ""
    known = Safeguard(safeguard)
    words = WITHOUT_PROTECTION if known.is_derogation else PROTECTED
    return str(words) % {"safeguard": known.label}


PROTECTED = _("protected there by: %(safeguard)s")
WITHOUT_PROTECTION = _("not protected there as here, and sent because of: %(safeguard)s")


def list_unprotected_countries(
    storage: Iterable[str], recipients: Collection[tuple[str, str]], *, home: str
) -> list[str]:
    """List countries outside the area where data is stored or sent without a stated safeguard.

    `recipients`: country and safeguard of each who gets it.
    """
    protected = {country for country, safeguard in recipients if safeguard}
    untold = {country for country, safeguard in recipients if not safeguard}
    return sorted((set(storage) - protected | untold) - EEA - {home})


def list_near_countries(home: str) -> frozenset[str]:
    """List where moving data is no transfer: the area, or the one country of a company outside it."""
    return frozenset(EEA) if home in EEA else frozenset({home})
