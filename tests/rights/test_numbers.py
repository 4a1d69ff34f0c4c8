"""The number people call a request by."""

import pytest

from consents.rights.rules import normalize_number

SPELLINGS = {
    "as it is": str,
    "small": str.lower,
    "with spaces": lambda number: f" {number.replace('-', ' ')} ",
    "in one": lambda number: number.replace("-", ""),
    "without its prefix": lambda number: number[3:],
}


@pytest.mark.parametrize("number", ["RQ-7K2M-93QX", "RQ-RQ2M-93RQ"])
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_number_is_the_same_however_it_is_typed(number, spell):
    assert normalize_number(spell(number)) == number
