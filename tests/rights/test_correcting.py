"""Proposed values: each is looked at, written into the vault or refused with its reason."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from consents.core.refusals import Unknown
from consents.disclosures.services import disclose_own_copy
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.rights.customers.forms import CorrectionForm
from consents.rights.models import ChosenEntry
from consents.rights.refusals import AlreadyAnswered, IdentityFirst, NotCorrected
from consents.rights.rules import Format, Outcome, Reply, WhyNotCorrected
from consents.rights.services import correcting, handling
from consents.rights.services.correcting import AlreadyDecided
from consents.rights.staff.notes import read_request_shown, select_requests_shown
from consents.vault.services.storing import NoSuchRecord
from tests.architecture.mutation.speaking import application_speaking, outcome, spoken
from tests.rights.handling import PRICE, decide, proposed
from tests.world.cast import put_in_vault
from tests.world.documents import spell_out_all
from tests.world.rights_requests import (
    DONE,
    PHONE,
    accept,
    answer,
    by_staff,
    entries,
    file,
    file_as_stranger,
    file_correction,
    make_californian,
    type_in,
)

NAME = {"category": "contact", "field": "name", "right": "Ada M. Marker"}
PARTLY = Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, "The rest is right.", Reason.OTHER, "GDPR Art 16")
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "It is right.", Reason.NOT_COVERED)


def held(world, code) -> list[dict[str, str]]:
    copy = disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)
    return [own.values for own in copy.records[world.categories[code].pk]]


def choose(world, request, entry) -> ChosenEntry:
    about = {"customer": world.ada.customer.pk, "by": world.ada.actor}
    return correcting.choose_entry(rights_request=request.pk, entry=entry, **about)


def test_a_value_is_proposed_as_it_is_read(world):
    turned = {"right_name": "Ada \u202eM.\u202c Marker", "right_phone": "\u200b"}
    form = CorrectionForm(turned, category="contact", stands={})
    same = CorrectionForm({"right_name": "Ada"}, category="contact", stands={"contact.name": "\u2067Ada\u2069"})

    assert form.is_valid() and form.proposals() == [NAME]
    assert same.errors["right_name"] == ["This is what it reads now. Change it to how it should read."]


def test_an_accepted_value_is_in_the_vault_and_what_stood_beside_it_stays(real_world):
    request = proposed(real_world, PHONE, NAME)

    decide(real_world, request)

    assert held(real_world, "contact") == [{"name": "Ada Marker", "phone": "555-0199"}]
    assert len(held(real_world, "orders")) == 2
    assert entries(request)[-1] == "value_decided"
    assert Entry.objects.filter(event="vault.stored", actor=str(real_world.pia.pk)).count() == 1


def test_a_refused_value_is_not_and_says_why(real_world):
    request = proposed(real_world, PHONE)

    decided = decide(real_world, request, why_not=WhyNotCorrected.ACCURATE)

    assert held(real_world, "contact")[0]["phone"] == "555-0100"
    assert (decided.is_accepted, decided.why_not) == (False, "accurate")


def test_each_is_decided_once(real_world):
    request = proposed(real_world, PHONE)
    decide(real_world, request)

    with pytest.raises(AlreadyDecided):
        decide(real_world, request, why_not=WhyNotCorrected.ACCURATE)
    with pytest.raises(Unknown):
        decide(real_world, request, place=1)


def test_the_companys_own_list_unchanged_does_not_bring_it_back(real_world):
    decide(real_world, proposed(real_world, PHONE))

    put_in_vault(real_world.ada.customer, real_world.categories["contact"], {"name": "Ada Marker", "phone": "555-0100"})

    assert held(real_world, "contact")[0]["phone"] == "555-0199"


def test_of_several_entries_the_customer_says_which(real_world):
    request = proposed(real_world, PRICE)
    with pytest.raises(NoSuchRecord):
        decide(real_world, request)
    copy = disclose_own_copy(customer=real_world.ada.customer.id, by=real_world.ada.actor)
    lamp, other = copy.records[real_world.categories["orders"].pk]

    chosen = [choose(real_world, request, entry.id).entry for entry in (lamp, other)]
    assert chosen == [lamp.id] * 2 and entries(request) == ["filed", "entry_chosen"]
    decide(real_world, request)

    assert [own["price"] for own in held(real_world, "orders")] == ["18.90", "80"]


def test_an_entry_of_somebody_else_is_none(real_world):
    request, ada = proposed(real_world, PRICE), real_world.ada
    put_in_vault(real_world.ben.customer, real_world.categories["orders"], {"article": "Lamp", "price": "18"})
    bens = disclose_own_copy(customer=real_world.ben.customer.id, by=real_world.ben.actor)
    contact = (
        disclose_own_copy(customer=ada.customer.id, by=ada.actor).records[real_world.categories["contact"].pk][0].id
    )
    others = bens.records[real_world.categories["orders"].pk][0].id

    for entry in (uuid4(), others, contact):
        with pytest.raises(Unknown):
            choose(real_world, request, entry)
    with pytest.raises(Unknown):
        choose(real_world, file(ada), contact)
    assert not ChosenEntry.objects.exists()


def test_who_is_not_known_has_nothing_changed(real_world):
    request = type_in(real_world, Type.RECTIFICATION, scope=("contact",), said={"proposals": [PHONE]})

    with pytest.raises(IdentityFirst):
        decide(real_world, request)


def test_after_the_answer_nothing_is_decided_any_more(real_world):
    request = proposed(real_world, PHONE)
    answer(real_world, request, REFUSED)

    with pytest.raises(AlreadyAnswered):
        decide(real_world, request)
    with pytest.raises(AlreadyAnswered):
        choose(real_world, request, uuid4())


@pytest.mark.parametrize("type", [Type.RECTIFICATION, Type.CORRECTION])
def test_done_is_what_was_accepted(real_world, type):
    person = real_world.ada if type == Type.RECTIFICATION else make_californian()
    if type == Type.CORRECTION:
        put_in_vault(person.customer, real_world.categories["contact"], {"name": "Cal", "phone": "555-0100"})
    request = file_correction(person, type, (PHONE, NAME))
    for reply in (DONE, PARTLY):
        with pytest.raises(NotCorrected):
            answer(real_world, request, reply)
    accept(real_world, request)
    with pytest.raises(NotCorrected):
        answer(real_world, request)
    accept(real_world, request, 1)

    assert answer(real_world, request).outcome == "complied_whole"


def test_with_a_value_refused_it_is_done_in_part(real_world):
    request = proposed(real_world, PHONE, NAME)
    accept(real_world, request)
    accept(real_world, request, 1, WhyNotCorrected.ACCURATE)
    with pytest.raises(NotCorrected):
        answer(real_world, request)

    assert answer(real_world, request, PARTLY).outcome == "complied_part"


def test_words_alone_correct_nothing(real_world):
    request = file(real_world.ada, Type.RECTIFICATION, said={"words": "Something is wrong."})
    with pytest.raises(NotCorrected):
        answer(real_world, request)


CORRECTED = """INSERT INTO rights_correction (rights_request_id, place, category_id, field, is_accepted, why_not,
    decided_by_id) VALUES (%s, 0, %s, 'phone', true, '', %s)"""
TELL = """SELECT portal.append_entry('rights_request.value_decided', %s, 'staff', %s, 'rights_request', %s, '',
    'portal',
    NULL, 'accepted', '{"place": 0}')"""
STORED = (
    "SELECT portal.append_entry('vault.stored', %s, 'portal', '', 'vault', 'records', '', 'portal', NULL, '', '{}')"
)


def test_in_sql_a_value_is_decided_by_an_officer_with_both_entries(real_world):
    request, orders = proposed(real_world, PHONE), real_world.categories["contact"].pk
    ada, pia, sam = real_world.ada.customer.id, real_world.pia.pk, real_world.sam.pk
    told, stored = (TELL, [ada, str(pia), str(request.pk)]), (STORED, [ada])

    decided = CORRECTED, [request.pk, orders, pia]
    assert spoken(told, stored, decided).startswith("allowed")
    for statements in [(stored, decided), (told, decided), (told, stored, (CORRECTED, [request.pk, orders, sam]))]:
        assert spoken(*statements) == "23001 rights_correction_on_record"
    assert spoken("UPDATE rights_correction SET is_accepted = false").startswith("42501")
    meant = "INSERT INTO rights_chosenentry (rights_request_id, entry) VALUES (%s, gen_random_uuid())", [request.pk]
    assert spoken(meant) == "23001 rights_chosenentry_on_record"


def test_in_sql_no_value_of_the_vault_changes_off_the_record(real_world):
    with application_speaking() as application:
        refused = outcome(
            application,
            (
                "SELECT portal.correct_value(portal.only_record(%s, %s), %s, %s, 'phone', 'x')",
                [real_world.ada.customer.id, real_world.categories["contact"].pk] * 2,
            ),
        )

    assert refused == "23001 vault_record_changed_on_record"


ADDED = ("is_late", "turn", "due", "waits_for_customer", "waits_for_holders")


def test_it_is_what_the_list_reads(world):
    for filed in (file(world.ada), file_as_stranger()):
        read, listed = read_request_shown(str(filed.pk)), select_requests_shown().get(pk=filed.pk)

        assert spell_out_all([read]) == spell_out_all([listed])
        assert [getattr(read, name) for name in ADDED] == [getattr(listed, name) for name in ADDED]
        assert read.read_at <= listed.read_at
        assert (read.customer, read.handler) == (listed.customer, listed.handler)


def test_it_brings_the_register_and_who_works_on_it(world, django_assert_num_queries):
    filed = file(world.ada)
    handling.take_rights_request(rights_request=filed.pk, officer=world.pia, by=by_staff(world.pia))

    with django_assert_num_queries(2):
        read = read_request_shown(str(filed.pk))
        assert read.register.pk == filed.pk and read.handler.staff_member == world.pia


def test_there_is_none_under_another_id(world):
    assert read_request_shown(str(world.ada.customer.pk)) is None
    with pytest.raises(ValidationError):
        read_request_shown("RQ-0")
