"""No page asks the database the same question for each of its rows."""

import re
from collections import Counter
from operator import itemgetter

import pytest

from tests.world.cast import signed_in
from tests.world.lived_in import read_pages, read_statements

MOST_ALIKE = 2
VALUES = re.compile(r"'[^']*'|\b\d+\b|%s")
LISTS = re.compile(r"\((?:\?(?:::\w+)?(?:, )?)+\)")
# What is asked for each kind there is and not for each row: the second steps of a sign-in, what was written for whom.
FOR_EACH_KIND = ("mfa_authenticator", "rights_statement", "SAVEPOINT")


def read_shape(statement: str) -> str:
    return LISTS.sub("(?)", VALUES.sub("?", statement))


MOST_STATEMENTS = {"ada": 24, "sam": 30, "pia": 30, "otto": 30}


@pytest.mark.slow
@pytest.mark.parametrize("who", MOST_STATEMENTS)
def test_no_page_asks_more_than_its_budget(lived_in, who):
    client = signed_in(getattr(lived_in, who).user)
    asked, pages = read_statements(lived_in, who, client), read_pages(lived_in, who, client)
    numbers = {path: len([sql for sql, _given in asked[path] if "SAVEPOINT" not in sql]) for path, _page in pages}
    assert max(numbers.values()) <= MOST_STATEMENTS[who], sorted(numbers.items(), key=itemgetter(1))[-5:]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["ada", "sam", "pia", "otto"])
def test_no_page_asks_the_same_of_each_row(lived_in, who):
    client = signed_in(getattr(lived_in, who).user)
    found, asked = [], read_statements(lived_in, who, client)
    for path, _page in read_pages(lived_in, who, client):
        assert asked[path], path
        alike = Counter(read_shape(sql) for sql, _given in asked[path])
        often = [f"{path}: {number} × {shape}" for shape, number in alike.items() if number > MOST_ALIKE]
        found += [line for line in often if not any(name in line for name in FOR_EACH_KIND)]
    assert found == []
