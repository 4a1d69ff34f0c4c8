"""A letter that an officer has begun is not lost: sealed, theirs alone, and gone with what it was for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from consents.core import clock
from consents.core.admin import REOPENED
from consents.law.identity import Fact, Level
from consents.law.kinds import Type
from consents.ledger.rules import PORTAL, Actor
from consents.people.services import staff_members
from consents.people.services.holding import NotAnOfficer
from consents.rights.models import LONGEST_DRAFT, Draft
from consents.rights.services import filing, handling
from tests.rights.officer_pages import fresh, record, text
from tests.world.cast import signed_in
from tests.world.erasing import erase
from tests.world.rights_requests import file, file_as_stranger, search
from tests.world.scene_fixtures import scene

LETTER = "We looked at every parcel twice."


@scene
def asked(world):
    request = file(world.ada, Type.ACCESS)
    search(world, request)
    return request


def act_page(request, act: str = "answer") -> str:
    return record(request).replace("change/", f"act/{act}/")


def type_letter(client: Client, request, act: str = "answer", **more):
    fields = {"text": LETTER, "outcome": "complied_whole", "format": "email"} | more
    return client.post(f"{act_page(request, act)}draft/", fields)


def test_a_letter_survives_going_back_from_its_preview(world, asked):
    pia = signed_in(world.pia.user)
    form = {"CHANGE_FORM-action": "answer", "_selected_action": str(asked.pk), "confirm": "1"}

    shown = pia.post(act_page(asked), form | {"text": LETTER, "outcome": "complied_whole", "format": "email"})

    assert "As the customer will read it" in shown.text and f'href="{act_page(asked)}"' in shown.text
    assert LETTER in pia.get(act_page(asked)).text and not fresh(asked).is_answered


def test_what_the_script_sends_while_somebody_types_is_there_again(world, asked):
    pia = signed_in(world.pia.user)

    assert type_letter(pia, asked).status_code == 204

    assert LETTER in pia.get(act_page(asked)).text


def test_a_draft_is_sealed(world, asked):
    type_letter(signed_in(world.pia.user), asked)

    assert LETTER.encode() not in bytes(Draft.objects.get().sealed)


def test_nobody_else_reads_it(world, asked):
    type_letter(signed_in(world.pia.user), asked)

    assert LETTER not in signed_in(world.otto.user).get(act_page(asked)).text


def test_a_draft_copied_to_another_officer_does_not_open(world, asked):
    type_letter(signed_in(world.pia.user), asked)
    type_letter(signed_in(world.otto.user), asked, text="")
    mine, other = (bytes(Draft.objects.get(officer=one).sealed) for one in (world.pia, world.otto))
    Draft.objects.filter(officer=world.otto).update(sealed=mine)

    assert filing.open_draft(rights_request=asked.pk, act="answer", officer=world.otto) == [] and other != mine


def test_it_goes_with_the_answer(world, asked):
    pia = signed_in(world.pia.user)
    type_letter(pia, asked)
    form = {"CHANGE_FORM-action": "answer", "_selected_action": str(asked.pk), "confirm": "1", "is_read": "1"}

    pia.post(act_page(asked), form | {"text": LETTER, "outcome": "complied_whole", "format": "email"})

    assert fresh(asked).is_answered and not Draft.objects.exists()


def test_what_the_script_sends_behind_the_form_itself_is_no_draft(world, asked):
    pia, token = signed_in(world.pia.user), str(uuid4())
    form = {"CHANGE_FORM-action": "write_note", "_selected_action": str(asked.pk), "confirm": "1", "token": token}

    pia.post(act_page(asked, "write_note"), form | {"text": LETTER})

    assert type_letter(pia, asked, act="write_note", token=token).status_code == 204
    assert asked.note_set.count() == 1 and not Draft.objects.exists()
    type_letter(pia, asked, act="write_note", token=str(uuid4()))
    assert Draft.objects.exists()


def test_it_goes_with_the_act_it_was_for(world, asked):
    pia = signed_in(world.pia.user)
    type_letter(pia, asked, act="note_search", system="the attic", found="no")
    form = {"CHANGE_FORM-action": "note_search", "_selected_action": str(asked.pk), "confirm": "1"}

    pia.post(act_page(asked, "note_search"), form | {"system": "the attic", "found": "no"})

    assert not Draft.objects.exists()


def test_it_goes_with_the_customer(real_world):
    request = file(real_world.ada)
    type_letter(signed_in(real_world.pia.user), request)
    assert Draft.objects.exists()

    erase(real_world)

    assert not Draft.objects.exists()


def test_nothing_is_kept_about_an_erased_customer(real_world):
    request = file(real_world.ada)
    erase(real_world)

    kept = filing.save_draft(
        rights_request=request.pk, act="answer", fields=[("text", [LETTER])], officer=real_world.pia
    )

    assert kept is False and not Draft.objects.exists()


def test_who_is_no_officer_any_longer_neither_writes_nor_reads(real_world):
    asked, pia = file(real_world.ada), signed_in(real_world.pia.user)
    type_letter(pia, asked)
    staff_members.end_staff_membership(member=real_world.pia, by=PORTAL)

    assert type_letter(pia, asked, text="more").status_code == 302
    assert pia.get(act_page(asked)).status_code == 302
    with pytest.raises(NotAnOfficer):
        filing.save_draft(rights_request=asked.pk, act="answer", fields=[], officer=real_world.pia)
    filing.discard_old_drafts()
    assert not Draft.objects.exists()


def test_it_is_the_customers_once_it_is_known_whose_the_request_is(world):
    request = file_as_stranger()
    type_letter(signed_in(world.pia.user), request)
    facts = [Fact.REFERENCE, Fact.BIRTH, Fact.ORDER]
    about = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk)), "customer": world.ada.customer.pk}

    handling.confirm_identity(rights_request=request.pk, level=Level(request.identity_needed), facts=facts, **about)

    draft = Draft.objects.get()
    assert draft.customer_id == world.ada.customer.pk and draft.is_theirs
    assert dict(filing.open_draft(rights_request=request.pk, act="answer", officer=world.pia))["text"] == [LETTER]


def test_it_is_forgotten_after_a_month(world, asked, settings):
    type_letter(signed_in(world.pia.user), asked)
    Draft.objects.update(saved_at=clock.now() - timedelta(days=31))

    filing.discard_old_drafts()

    assert not Draft.objects.exists()


def test_it_is_bounded(world, asked):
    pia = signed_in(world.pia.user)

    type_letter(pia, asked, text="x" * 2 * LONGEST_DRAFT)

    assert not Draft.objects.exists()
    with pytest.raises(IntegrityError, match="rights_draft_bounded"):
        Draft.objects.create(
            rights_request=asked, officer=world.pia, act="answer", is_theirs=True, sealed=b"x" * (LONGEST_DRAFT + 1)
        )
    connection.set_rollback(False)


def test_the_number_of_a_customer_is_never_kept(world):
    request = file_as_stranger()

    type_letter(signed_in(world.pia.user), request, act="confirm_identity", who="C-1001")

    kept = dict(filing.open_draft(rights_request=request.pk, act="confirm_identity", officer=world.pia))
    assert "who" not in kept


def test_the_question_before_an_act_has_an_address_of_its_own(world, asked):
    pia = signed_in(world.pia.user)
    pressed = pia.post(record(asked), {"CHANGE_FORM-action": "extend", "_selected_action": str(asked.pk)})

    assert pressed.url == act_page(asked, "extend")
    page = pia.get(pressed.url)
    assert page.status_code == 200 and "Do you need longer?" in text(page)


def test_a_question_that_makes_no_sense_any_more_leads_back_to_the_record(world, asked):
    pia = signed_in(world.pia.user)

    assert pia.get(act_page(asked, "resume")).url == record(asked)
    assert pia.get(act_page(asked, "read_words")).status_code == 404
    assert pia.get(reverse("admin:rights_rightsrequest_act", args=[world.ada.customer.pk, "extend"])).status_code == 404


def test_what_comes_back_over_a_sign_in_is_asked_again_and_kept_or_leads_to_the_record(world, asked):
    pia, back = signed_in(world.pia.user), {"_selected_action": str(asked.pk), REOPENED: "1"}

    assert LETTER in pia.post(record(asked), back | {"CHANGE_FORM-action": "answer", "text": LETTER}).text
    assert LETTER in pia.get(act_page(asked)).text

    stale = pia.post(record(asked), back | {"CHANGE_FORM-action": "resume"})
    assert stale.url == record(asked) and "no longer possible" in text(pia.get(stale.url))
    assert pia.get(f"{act_page(asked)}draft/").url == act_page(asked)
