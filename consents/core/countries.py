"""List countries by their two letters (ISO 3166-1), with their names in the reader's language."""

import unicodedata
from functools import cache

from babel import Locale
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

# Members of the European Economic Area: where the GDPR is law.
EEA = {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT"}
EEA |= {"LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"}
# What the names' source also gives two letters, and ISO 3166-1 does not.
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}


@cache
def get_country_names(language: str) -> dict[str, str]:
    territories = Locale.parse(to_locale(language)).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code not in NOT_COUNTRIES}


@cache
def fold_name(name: str) -> str:
    """Return what a list sorts a name by: Österreich stands where a reader looks for it, among the names with O."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def is_country(code: str) -> bool:
    return code in get_country_names("en")


def check_country(code: str) -> None:
    """Validate a form field. Raises ValidationError."""
    if not is_country(code):
        raise ValidationError(_("Two capital letters, as in ISO 3166: DE, IE, US."))


def get_country_name(code: str) -> str:
    """Return the name in the active language, or the code itself if there is no such country."""
    return get_country_names(get_language() or settings.LANGUAGE_CODE).get(code, code)
