"""A receipt says what ISO/IEC TS 27560 asks, in terms of DPV 2.3; without any one of the fields it is none."""

import copy
import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.conf import settings
from django.urls import reverse
from fpdf import FPDF

from consents.choices.receipts import jsonld
from consents.choices.receipts.claims import KIND_OF_KEY, verify_receipt
from consents.choices.receipts.jsonld import build_receipt_object
from consents.choices.receipts.parts import compute_receipt_id, compute_receipt_number
from consents.core import signing
from consents.core.paper import Paper
from consents.people.services import customer_records
from tests.choices.receipts.made_up import COMPANY, CONTACT, HEALTH, event, notice, receipt
from tests.choices.receipts.reading import faults_of, graph_of, unknown_terms
from tests.world.cast import signed_in
from tests.world.documents import words_of

DAY = timedelta(days=1)
NO_TERM = CONTACT | {"term": ""}
RECORD = ["dpv:hasRecordOfActivity", 0]
NOTICE = [*RECORD, "dpv:hasNotice", 0]
PROCESS = [*RECORD, "dpv:hasProcess", 0]
EVENT = [*RECORD, "dpv:hasConsentStatus", 0]
CONTROLLER = [*RECORD, "dpv:hasEntity", 0]
RECIPIENT = [*RECORD, "dpv:hasEntity", 1]

# ISO field → where it stands. A path that ends in a number is one of a list.
MANDATORY = {
    "receipt: schema_version": ["dct:conformsTo"],
    "receipt: receipt_id": ["dct:identifier"],
    "receipt: type": ["@type"],
    "receipt: created": ["dct:created"],
    "receipt: records": ["dpv:hasRecordOfActivity"],
    "record: schema_version": [*RECORD, "dct:conformsTo"],
    "record: record_id": [*RECORD, "dct:identifier"],
    "record: type": [*RECORD, "@type"],
    "record: pii_principal_id": [*RECORD, "dpv:hasDataSubject"],
    "record: pii_principal_id, identifier": [*RECORD, "dpv:hasDataSubject", "dct:identifier"],
    "record: privacy_notice": [*RECORD, "dpv:hasNotice"],
    "record: exact notice": [*NOTICE, "dct:identifier"],
    "record: words of the notice": [*NOTICE, "rdf:value"],
    "record: language": [*NOTICE, "dct:language"],
    "record: lawful_basis": [*RECORD, "dpv:hasLegalBasis"],
    "record: pii_controllers": [*RECORD, "dpv:hasDataController"],
    "record: jurisdiction": [*RECORD, "dpv:hasJurisdiction"],
    "record: processing": [*RECORD, "dpv:hasProcess"],
    "record: events": [*RECORD, "dpv:hasConsentStatus"],
    "record: parties": [*RECORD, "dpv:hasEntity"],
    "processing: purpose": [*PROCESS, "dpv:hasPurpose"],
    "processing: purpose, name": [*PROCESS, "dpv:hasPurpose", "dct:title"],
    "processing: purpose_type": [*PROCESS, "dpv:hasPurpose", "skos:broader"],
    "processing: pii_information": [*PROCESS, "dpv:hasPersonalData"],
    "processing: storage_locations": [*PROCESS, "dpv:hasStorageCondition", 0],
    "processing: storage_locations, place": [*PROCESS, "dpv:hasStorageCondition", 0, "dpv:hasLocation"],
    "processing: retention_period": [*PROCESS, "dpv:hasStorageCondition", 1],
    "processing: retention_period, length": [*PROCESS, "dpv:hasStorageCondition", 1, "dpv:hasDuration", "rdf:value"],
    "processing: recipient_third_parties": [*PROCESS, "dpv:hasRecipient"],
    "processing: withdrawal_method": [*PROCESS, "dpv:hasConsentControl"],
    "processing: withdrawal_method, where": [*PROCESS, "dpv:hasConsentControl", "dpv:isExercisedAt"],
    "processing: privacy_rights": [*PROCESS, "dpv:hasRight"],
    "processing: privacy_rights, where": [*PROCESS, "dpv:hasRight", 0, "dpv:isExercisedAt"],
    "personal data: pii_type": [*PROCESS, "dpv:hasPersonalData", 0, "skos:broader"],
    "party: party_type": [*CONTROLLER, "@type"],
    "party: party_id": [*CONTROLLER, "dpv:hasIdentifier"],
    "party: party_name": [*CONTROLLER, "dpv:hasName"],
    "party: party_address": [*CONTROLLER, "dpv:hasAddress"],
    "party: party_contact": [*CONTROLLER, "dpv:hasContact"],
    "recipient: whole": RECIPIENT,
    "recipient: party_type": [*RECIPIENT, "@type"],
    "recipient: party_name": [*RECIPIENT, "dpv:hasName"],
    "recipient: party_address": [*RECIPIENT, "dpv:hasAddress"],
    "recipient: party_contact": [*RECIPIENT, "dpv:hasContact"],
    "event: event_time": [*EVENT, "dpv:isIndicatedAtTime"],
    "event: validity_duration": [*EVENT, "dpv:hasDuration"],
    "event: validity_duration, value": [*EVENT, "dpv:hasDuration", "rdf:value"],
    "event: entity_id": [*EVENT, "dpv:isIndicatedBy"],
    "event: event_state": [*EVENT, "@type", 0],
    "event: event_type": [*EVENT, "@type", 1],
    "event: expression method": [*EVENT, "dpv:hasIndicationMethod"],
}

RECEIPTS = {
    "given": receipt(),
    "refused": receipt(event("ConsentRefused")),
    "not now": receipt(event("ConsentRequestDeferred")),
    "withdrawn": receipt(event(), event("ConsentWithdrawn", DAY)),
    "asked, given": receipt(event("ConsentRequested", by="controller"), event("ConsentGiven", DAY)),
    "expired by itself": receipt(event(), event("ConsentExpired", DAY, by="controller", evidence=None)),
    "renewed under a newer text": receipt(
        event(), event("RenewedConsentGiven", DAY, notice=notice(2).hash), notices=(notice(1), notice(2))
    ),
    "explicit, by a guardian": receipt(
        event(by="guardian", explicit=True),
        notices=(notice(categories=[HEALTH], explicit=True),),
    ),
    "by an agent": receipt(event(by="agent")),
    "part of a question": receipt(
        notices=(notice(categories=[CONTACT, HEALTH]),), categories=frozenset({"contact"}), shown="ab" * 32
    ),
    "no end, nobody else, no term": receipt(
        event(lasts_until=None),
        notices=(notice(storage=[], retention_months=None, dpv_purpose="", recipients=[], categories=[NO_TERM]),),
    ),
    "in California": receipt(controller=dataclasses.replace(COMPANY, country="US")),
    "elsewhere": receipt(controller=dataclasses.replace(COMPANY, country="BR")),
}  # fmt: skip


@pytest.mark.parametrize("case", RECEIPTS)
def test_it_conforms_to_the_shapes(case):
    assert faults_of(build_receipt_object(RECEIPTS[case])) == ""


@pytest.mark.parametrize("case", RECEIPTS)
def test_it_uses_only_terms_that_exist(case):
    assert unknown_terms(build_receipt_object(RECEIPTS[case])) == set()


@pytest.mark.parametrize("case", RECEIPTS)
def test_nothing_is_lost_between_json_and_graph(case):
    """Every member of the JSON is a triple: no term that the context does not know, no member named twice."""
    given = build_receipt_object(RECEIPTS[case])
    assert len(graph_of(given)) == triples_in({key: value for key, value in given.items() if key != "@context"}, set())


def triples_in(node: dict, told: set[str]) -> int:
    """What is told twice of a thing that has a name counts once."""
    count = 0
    for key, value in node.items():
        for one in value if isinstance(value, list) else [value]:
            count += key != "@id"
            if isinstance(one, dict) and not ("@id" in one and repr(one) in told):
                told.add(repr(one))
                count += triples_in(one, told)
    return count


@pytest.mark.parametrize("field", MANDATORY)
def test_without_a_mandatory_field_it_is_no_receipt(field):
    lacking = copy.deepcopy(build_receipt_object(RECEIPTS["given"]))
    node = lacking
    for step in MANDATORY[field][:-1]:
        node = node[step]
    del node[MANDATORY[field][-1]]

    assert faults_of(lacking)


def test_a_term_that_does_not_exist_is_found():
    wrong = build_receipt_object(receipt(event("ConsentTerminated")))
    assert unknown_terms(wrong) == {"https://w3id.org/dpv#ConsentTerminated"}
    assert faults_of(wrong)


def test_a_record_keeps_all_its_events_in_their_order():
    events = build_receipt_object(RECEIPTS["withdrawn"])["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"]
    assert [one["@type"][0] for one in events] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]


def test_the_words_shown_are_in_it_and_their_hash_can_be_worked_out_again():
    record = build_receipt_object(RECEIPTS["renewed under a newer text"])["dpv:hasRecordOfActivity"][0]
    for shown in record["dpv:hasNotice"]:
        assert shown["dct:identifier"] == f"sha256:{sha256(shown['rdf:value'].encode()).hexdigest()}"
        assert json.loads(shown["rdf:value"])["text"] == shown["dct:description"]
    assert [one["schema:version"] for one in record["dpv:hasNotice"]] == ["1", "2"]
    assert len(record["dpv:hasProcess"]) == 2


def test_a_receipt_leaves_out_what_was_not_allowed():
    process = build_receipt_object(RECEIPTS["part of a question"])["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"][0]
    assert [one["dct:identifier"] for one in process["dpv:hasPersonalData"]] == ["contact"]


@pytest.mark.parametrize(
    ("country", "law", "conforms"),
    [
        ("DE", ["legal-eu:law-GDPR"], jsonld.RECORD_GDPR),
        ("US", ["us:law-CA-CCPA"], jsonld.RECORD),
        ("BR", None, jsonld.RECORD),
    ],
)
def test_the_law_is_that_of_the_company(country, law, conforms):
    record = build_receipt_object(receipt(controller=dataclasses.replace(COMPANY, country=country)))[
        "dpv:hasRecordOfActivity"
    ][0]
    assert (record.get("dpv:hasApplicableLaw"), record["dct:conformsTo"]) == (law, conforms)


def test_its_id_is_a_uuid_of_the_entry_and_its_number_can_be_read_out():
    entry = bytes(range(200, 232))
    assert (compute_receipt_id(entry).version, compute_receipt_id(entry).variant) == (8, "specified in RFC 4122")
    assert compute_receipt_id(entry).bytes[:6] == entry[:6]
    assert compute_receipt_number(entry) == "R-S34W-NJYC"
    assert compute_receipt_id(entry) != compute_receipt_id(bytes([*entry[:15], 0]) + bytes(16))


# The receipt as a document: named, with a code that leads to the check page and the signed text inside.

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
