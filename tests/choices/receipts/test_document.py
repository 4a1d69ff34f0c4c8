"""The receipt as a document: named, with a code that leads to the check page and the signed text inside."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.urls import reverse
from fpdf import FPDF

from consents.choices.receipts.claims import KIND_OF_KEY, verify_receipt
from consents.core import signing
from consents.core.paper import Paper
from consents.people.services import customer_records
from tests.world.cast import signed_in
from tests.world.documents import words_of

MOMENT = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def address(newest):
    return lambda: reverse("receipts:document", args=[newest().sequence])


def test_it_names_the_customer_and_what_was_decided(world, says, ada, address):
    says.yes()

    response = ada.get(address())

    assert response["Content-Type"] == "application/pdf" and "attachment" in response["Content-Disposition"]
    assert response.content.startswith(b"%PDF-")
    words = words_of(response.content)
    assert "C-1001" in words and "Send you offers" in words and "Contact details" in words
    assert "This consent is in force now." in words and "/receipts/verify/" in words
    assert re.search(r"If you do not allow it\s+Nothing changes for you", words)


def test_it_says_when_the_consent_was_withdrawn_since(says, ada, address):
    says.yes()
    given = address()
    says.no()

    assert "no longer in force" in words_of(ada.get(given).content)


def test_the_signed_text_lies_inside_and_verifies(says, ada, address, take):
    says.yes()

    (inside,) = re.findall(rb"\n(eyJ[\w.-]+)\s", ada.get(address()).content)

    assert inside.decode() == take()
    known = signing.load_key_set(settings.PORTAL_KEYS, KIND_OF_KEY)
    assert verify_receipt(inside.decode(), known).name == "Send you offers"


def test_it_is_nobody_elses(world, says, address):
    says.yes()

    assert signed_in(world.ben.user).get(address()).status_code == 404


@pytest.mark.parametrize(("language", "text"), [("de", "Kundennummer"), ("es", "Número de cliente")])
def test_it_speaks_the_reader_s_language(world, says, ada, address, language, text):
    says.yes()
    customer_records.choose_language(customer=world.ada.customer.pk, language=language, by=world.ada.actor)

    assert text in words_of(ada.get(address()).content)


def test_a_letter_that_cannot_be_printed_is_marked_and_told():
    whole, partly = Paper("Größe, año, “€”", MOMENT, "Hill & Co"), Paper("Анна", MOMENT, "Hill & Co")
    partly.write_facts([("Name", "Анна"), ("Empty", "")])

    assert whole.is_whole and "letter that this file cannot print" not in words_of(whole.finish())
    told = words_of(partly.finish())
    assert "????" in told and "letter that this file cannot print" in told and "Empty" not in told


def test_long_texts_go_on_on_the_next_page():
    paper = Paper("Long", MOMENT, "Hill & Co")
    paper.write_facts([("Text", "word " * 60)] * 20)
    paper.draw_qr_code("https://example.com/receipts/verify/", "Check it here:")

    assert paper.pages_count > 1 and isinstance(paper, FPDF)


def test_the_page_sets_apart_what_is_for_programs(says, ada, newest):
    says.yes()

    page = ada.get(reverse("receipts:receipt", args=[newest().sequence])).text

    assert "receipt.pdf" in page and "Customer number C-1001" in page
    assert page.index("receipt.jws") < page.index("For other programs") < page.index("receipt.jsonld")
