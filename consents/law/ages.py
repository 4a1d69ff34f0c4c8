"""The age from which a person consents alone (GDPR Art 8). Pure."""

from datetime import date

from dateutil.relativedelta import relativedelta

# From which age a person consents alone to an online service: GDPR Art 8(1) and the national law made under it (behind
# each; from general knowledge, November 2026: have counsel check before relying on it). 16 where no law says less.
AGE_WHERE_NO_LAW_SAYS_LESS = 16
AGE_OF_OWN_CONSENT = {
    "AT": 14,  # DSG § 4(4)
    "BE": 13,  # Act of 30 July 2018, Art 7
    "BG": 14,  # Personal Data Protection Act, Art 25c
    "CY": 14,  # Law 125(I)/2018, s 8
    "CZ": 15,  # Act 110/2019, § 7
    "DK": 15,  # Databeskyttelsesloven § 6(2), since 2024
    "EE": 13,  # IKS § 8
    "ES": 14,  # LOPDGDD Art 7
    "FI": 13,  # Data Protection Act 1050/2018, § 5
    "FR": 15,  # Loi Informatique et Libertés, Art 45
    "GB": 13,  # Data Protection Act 2018, s 9
    "GR": 15,  # Law 4624/2019, Art 21
    "IS": 13,  # Act 90/2018, Art 10
    "IT": 14,  # Codice privacy, Art 2-quinquies
    "LT": 14,  # ADTAI Art 6
    "LV": 13,  # Personal Data Processing Law, s 33
    "MT": 13,  # S.L. 586.11
    "NO": 13,  # Personopplysningsloven § 5
    "PT": 13,  # Lei 58/2019, Art 16
    "SE": 13,  # Act 2018:218, ch 2 § 4
    "SI": 15,  # ZVOP-2, Art 8
    "US": 13,  # COPPA, 16 CFR 312.2; Civ 1798.120(c): from 13 a person opts in to sale themself
}


def get_age_of_own_consent(country: str) -> int:
    return AGE_OF_OWN_CONSENT.get(country.upper(), AGE_WHERE_NO_LAW_SAYS_LESS)


def is_below_age(born_on: date | None, country: str, today: date) -> bool:
    """Tell whether this person cannot consent alone yet. Someone without a birth date on file counts as of age."""
    return born_on is not None and born_on + relativedelta(years=get_age_of_own_consent(country)) > today
