"""Customers who are probably new are built ahead; whom the database knows after all stays as they are."""

import gc
import sys

import pytest

from consents.ops.importing import loading
from consents.people import selectors
from consents.people.models import Customer, CustomerKey
from consents.vault.models import Fingerprint
from tests.importing.sample import HEADER

pytestmark = pytest.mark.django_db

LINES = [f"{number},Name {number},n{number}@example.com,,,Germany" for number in range(1, 8)]


@pytest.fixture
def built(monkeypatch):
    """Return the numbers of the lines whose customers were built ahead."""
    numbers: list[int] = []

    def build(lines, categories):
        newcomers = real(lines, categories)
        numbers.extend(newcomers)
        return newcomers

    real = loading.build_newcomers
    monkeypatch.setattr(loading, "build_newcomers", build)
    return numbers


def test_it_stores_what_it_has_built_ahead(shop, built):
    result = shop.customers([HEADER, *LINES], "--batch", "1")

    seventh = Customer.objects.get(reference="7")
    assert 8 in built
    assert "Customers: 7 new" in result.out
    assert selectors.open_address(seventh) == "n7@example.com"
    assert "Records: 0 new, 0 changed, 7 unchanged." in shop.customers([HEADER, *LINES]).out


def test_whom_the_database_knows_stays(shop, built):
    shop.customers([HEADER, LINES[5]])
    before = Customer.objects.values().get(), CustomerKey.objects.values().get(), Fingerprint.objects.values().get()

    result = shop.customers([HEADER, *LINES], "--batch", "1")

    assert 7 in built  # the line of number 6
    assert "Customers: 6 new, 0 changed, 1 unchanged." in result.out
    assert "Records: 6 new, 0 changed, 1 unchanged." in result.out
    kept = Customer.objects.filter(reference="6")
    assert before == (
        kept.values().get(),
        CustomerKey.objects.filter(customer__in=kept).values().get(),
        Fingerprint.objects.filter(customer__in=kept).values().get(),
    )


def test_of_two_lines_for_one_the_first_counts(shop, built):
    again = LINES[6].replace("Name 7", "Another")
    result = shop.customers([HEADER, *LINES, again], "--batch", "2")

    assert {8, 9} <= set(built)
    assert result.rejects == [(9, "the reference or record key was in an earlier line of this file")]
    assert "Customers: 7 new" in result.out


def test_nothing_is_built_ahead_where_nobody_is_new(shop, built):
    shop.customers([HEADER, *LINES])
    shop.customers([HEADER, *LINES], "--batch", "1")

    assert built == []


def test_the_interpreter_is_as_it_was_after_an_import(shop):
    gc.unfreeze()  # what the run has frozen; the first import in a worker would find it, later ones nothing
    before = gc.get_threshold(), gc.get_freeze_count(), sys.getswitchinterval()
    shop.customers([HEADER, *LINES])

    assert (gc.get_threshold(), gc.get_freeze_count(), sys.getswitchinterval()) == before
