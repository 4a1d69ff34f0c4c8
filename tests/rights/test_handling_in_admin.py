"""The queue and the record of a request on the staff site: what comes next, and each act once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate

from consents.choices.models import Mark
from consents.core.clock import now
from consents.law.kinds import Type
from consents.law.reasons import Extension, Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import FailingAddress
from consents.people.models import Erasure
from consents.people.services import customer_records, erasing
from consents.rights.models import Correction
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import requester_actions
from tests.forms import forms_on, sent
from tests.rights.handling import proposed
from tests.rights.officer_pages import LIST, buttons, first_press, fresh, give, press, record, text
from tests.world.cast import signed_in
from tests.world.erasing import erase
from tests.world.rights_requests import (
    PHONE,
    answer,
    ask_back,
    by_staff,
    confirm,
    entries,
    file,
    file_as_stranger,
    file_correction,
    search,
    type_in,
)


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


def test_the_queue_begins_with_what_is_due_first_and_ends_with_what_is_done(real_world, later):
    world, pia = real_world, signed_in(real_world.pia.user)
    late = file(world.ada, Type.AUTOMATED)
    later(timedelta(days=35))
    soon, done = file(world.ben, Type.AUTOMATED), answer(world, file(world.ben, Type.RESTRICTION))
    paused = file(world.ben, Type.ACCESS)
    ask_back(world, paused)

    page = text(pia.get(LIST))
    everything = text(pia.get(f"{LIST}?state=all"))

    assert page.index(late.number) < page.index(soon.number) < page.index(paused.number)
    assert done.number not in page and everything.index(paused.number) < everything.index(done.number)
    assert "days late" in page and "days left" in page and "Clock stands still" in page and "<svg" in page
    assert f">{late.number}</a>" in page


def test_it_says_that_who_asked_has_yet_to_sign_in_once_more(world, pia):
    ours, theirs = file(world.ben, Type.ACCESS), file(world.ada, Type.ACCESS, is_fresh=False)

    lines = {row.number: text(pia.get(f"{LIST}?q={row.number}")) for row in (ours, theirs)}

    assert "Waiting for the customer; identity to be confirmed" in lines[theirs.number]
    assert "Acknowledged; identity confirmed" in lines[ours.number]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("state=paused", {"paused"}), ("state=answered", {"done"}), ("law=ccpa", {"cal"}), ("right=A15", {"paused"})],
)
def test_filters_narrow_it(world, pia, query, expected):
    made = {
        "paused": file(world.ada),
        "done": answer(world, file(world.ada, Type.AUTOMATED)),
        "cal": file(world.cal, Type.CORRECTION),
    }
    ask_back(world, made["paused"])

    page = text(pia.get(f"{LIST}?{query}"))

    assert {name for name, row in made.items() if row.number in page} == expected


@pytest.mark.parametrize("spell", [str, str.lower, lambda number: number.replace("-", " ")])
def test_a_number_is_found_however_it_is_typed_answered_or_not(world, pia, spell):
    done, other = answer(world, file(world.ada, Type.AUTOMATED)), file(world.ben, Type.AUTOMATED)

    page = text(pia.get(LIST, {"q": spell(done.number)}))

    assert done.number in page and other.number not in page


def test_late_is_a_filter_and_late_for_ever(real_world, later):
    pia = signed_in(real_world.pia.user)
    request, other = file(real_world.ada, Type.AUTOMATED), answer(real_world, file(real_world.ben, Type.AUTOMATED))
    later(timedelta(days=40))
    answer(real_world, request)

    page = text(pia.get(f"{LIST}?state=all&late=yes"))
    assert request.number in page and other.number not in page
    assert "Answered late" in text(pia.get(record(request)))


def test_the_record_says_what_comes_next(world, pia):
    request = type_in(world, Type.ACCESS)
    assert {"confirm_identity", "note_search", "ask", "extend", "refuse"} <= buttons(pia, request)
    assert "answer" not in buttons(pia, request) and "To be known: at least two facts matched" in text(
        pia.get(record(request))
    )

    press(pia, request, "confirm_identity", facts=["reference", "birth"])
    press(pia, request, "note_search", system="the shop", found="yes")

    page = text(pia.get(record(request)))
    assert "At least two facts matched" in page and "Pia (Privacy)" in page and "The shop: found" in page
    assert "answer" in buttons(pia, request)
    assert (fresh(request).verification_level, entries(request)[-1]) == ("reasonable", "system_searched")


def test_one_fact_is_too_few_and_what_was_ticked_stays(world, pia):
    request = type_in(world, Type.ACCESS)

    page = press(pia, request, "confirm_identity", facts=["reference"])

    assert page.status_code == 422 and "asks for more certainty" in text(page)
    assert fresh(request).verified_at is None


def test_a_strangers_request_becomes_its_customers(world, pia):
    request = file_as_stranger()
    missed = press(pia, request, "confirm_identity", who="nobody@example.com", facts=["reference", "birth"])
    assert missed.status_code == 422 and "nobody@example.com" not in text(missed)

    press(pia, request, "confirm_identity", who="C-1001", facts=["reference", "birth"])

    assert fresh(request).customer == world.ada.customer


def test_an_objection_without_a_name_is_matched_and_holds(world, pia):
    request = file_as_stranger(Type.OBJECTION)

    press(pia, request, "match", who="C-1001")

    assert Mark.objects.filter(customer=world.ada.customer, lifted_at=None).exists()


def test_extending_shows_the_new_day_first_and_is_done_once(world, pia):
    request = file(world.ada)
    shown = text(first_press(pia, request, "extend"))
    assert "The day to answer moves from" in shown and fresh(request).extended_to is None

    press(pia, request, "extend", reason=Extension.COMPLEX)

    assert fresh(request).extension_reason == "complexity" and "extend" not in buttons(pia, request)


def test_the_clock_waits_and_goes_on(world, pia):
    request = file(world.ada)
    press(pia, request, "ask", about="scope", words="Which orders do you mean?")
    assert fresh(request).waiting_since and buttons(pia, request) >= {"resume"}

    missing = press(pia, request, "resume")
    assert missing.status_code == 422 and "Say on which day the answer came." in text(missing)
    press(pia, request, "resume", answered_on=localdate().isoformat())

    assert fresh(request).waiting_since is None


def test_whom_no_mail_reaches_is_told_before_it_counts(world, pia):
    nowhere = customer_records.open_customer_record(reference="C-5001", by=PORTAL)
    request = type_in(world, Type.AUTOMATED, nowhere)
    confirm(world, request)
    assert press(pia, request, "extend", reason="complexity").status_code == 422
    press(pia, request, "extend", reason="complexity", told_on=localdate().isoformat())
    assert fresh(request).extended_to

    no = {"reason": Reason.TOO_MANY, "format": "post", "text": "We wrote to you."}
    missing = press(pia, request, "refuse", **no)
    assert missing.status_code == 422 and "Say on which day they were told." in text(missing)
    (form,) = forms_on(press(pia, request, "refuse", **no, told_on=localdate().isoformat()), "is_read")
    sent(pia, form, path=record(request), **{"CHANGE_FORM-action": "refuse"})

    assert fresh(request).outcome == "denied"


def test_what_was_not_done_cannot_be_called_done(world, pia):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    page = text(first_press(pia, request, "answer"))
    assert 'value="no_data_held"' in page
    assert 'value="complied_part"' not in page and 'value="complied_whole"' not in page


def test_a_refusal_is_read_as_the_customer_will_before_it_is_given(world, pia):
    request = file(world.ada, Type.PORTABILITY)
    preview = press(
        pia, request, "refuse", reason=Reason.OTHERS, text="It is about your neighbour too.", format="email"
    )

    page = text(preview)
    assert "It would harm the rights of other people." in page and "GDPR Art 20(4)" in page
    assert "complain to the data protection authority" in page and "your neighbour too" in page
    assert not fresh(request).is_answered

    (form,) = forms_on(preview, "is_read")
    sent(pia, form, path=record(request), **{"CHANGE_FORM-action": "refuse"})

    done = fresh(request)
    assert (done.outcome, done.denial_legal_basis, done.answer.remedies_told) == ("denied", "GDPR Art 20(4)", True)


@pytest.mark.parametrize(("said", "sentence"), [({}, "Choose why."), ({"reason": "other"}, "Name the provision")])
def test_a_refusal_names_its_reason_and_its_law(world, pia, said, sentence):
    page = press(pia, file(world.ada), "refuse", format="email", **said)

    assert page.status_code == 422 and sentence in text(page)


def test_an_answer_in_part_says_what_is_exempt(world, pia):
    request = file(world.ada)
    search(world, request)
    missing = press(pia, request, "answer", outcome="complied_part", format="portal_download")
    assert missing.status_code == 422 and "Choose why not all of it was done." in text(missing)

    give(
        pia, request, outcome="complied_part", reason="rights_of_others", format="portal_download", text="Not a letter."
    )

    assert (fresh(request).outcome, fresh(request).denial_legal_basis) == ("complied_part", "GDPR Art 15(4)")


def test_of_two_officers_at_once_one_wins_and_the_other_reads_why(world, pia):
    request = file(world.ada, Type.AUTOMATED)
    (form,) = forms_on(
        press(pia, request, "answer", outcome="complied_whole", format="portal_download", text="Done."), "is_read"
    )
    answer(world, request, officer=world.otto)

    response = sent(pia, form, path=record(request), **{"CHANGE_FORM-action": "answer"})

    assert response.status_code == 302
    assert "has been answered. Nothing was changed." in text(pia.get(record(request)))
    assert fresh(request).handler == world.otto.user


def test_a_press_made_twice_counts_once(world, pia):
    request = file(world.ada)
    (form,) = forms_on(first_press(pia, request, "note_search"), "confirm")
    for _ in range(2):
        sent(pia, form, path=record(request), **{"CHANGE_FORM-action": "note_search"}, system="the shop", found="no")

    assert request.search_set.count() == 1


def test_what_was_written_is_read_on_record(world, pia):
    request = file(world.ada, said={"words": "Marker words"})
    assert "Marker words" not in text(pia.get(record(request)))

    page = first_press(pia, request, "read_words")

    assert "Marker words" in text(page)
    entry = Entry.objects.get(event="rights_request.words_read")
    assert entry.actor == str(world.pia.pk)


def test_proposed_values_are_accepted_or_refused_with_a_reason(world, pia):
    request = proposed(world, PHONE)
    page = first_press(pia, request, "review_values")
    assert "555-0199" in text(page)
    (form,) = forms_on(page, "place")
    assert "There is no message to read." in text(first_press(pia, request, "read_words"))

    sent(pia, form, path=record(request), decision="refuse")
    assert "Choose why the value is refused." in text(pia.get(record(request)))
    assert not Correction.objects.exists()
    sent(pia, form, path=record(request), decision="refuse", why_not="accurate")

    assert Correction.objects.get().why_not == "accurate"
    assert "1 of 1 value decided" in text(pia.get(record(request)))


def test_an_accepted_value_is_asked_for_once_more_before_it_is_saved(world, pia):
    request = proposed(world, PHONE)
    (form,) = forms_on(first_press(pia, request, "review_values"), "place")

    asked = sent(pia, form, path=record(request), decision="accept")
    assert "Save this value in the vault?" in text(asked) and "555-0199" in text(asked)
    assert not Correction.objects.exists()
    (form,) = forms_on(asked, "confirm")
    sent(pia, form, path=record(request))

    assert Correction.objects.get().is_accepted
    assert "no longer possible" in text(pia.post(record(request), form.fields | {"confirm": ""}, follow=True))


def test_an_erasure_is_proposed_from_the_record(world, pia):
    request = file(world.ada, Type.ERASURE)
    search(world, request)

    press(pia, request, "propose_erasure")

    assert Erasure.objects.get().customer == world.ada.customer
    assert "Erasure proposed" in text(pia.get(record(request)))


def test_of_a_proposed_erasure_it_is_another_s_turn_until_it_is_cancelled(world, pia):
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    assert "propose_erasure" in buttons(pia, request)
    press(pia, request, "propose_erasure")
    assert "propose_erasure" not in buttons(pia, request)
    assert "A second officer erases, under Erasures" in text(pia.get(record(request)))

    erasing.cancel_erasure(erasure=Erasure.objects.get().pk, officer=world.otto, by=by_staff(world.otto))

    assert "propose_erasure" in buttons(pia, request)
    assert "A second officer erases, under Erasures" not in text(pia.get(record(request)))


def test_what_is_read_on_a_page_is_not_called_a_download(world, pia):
    request = answer(world, file(world.ada, Type.AUTOMATED))
    assert "On their page here" in text(pia.get(record(request)))


def test_a_refused_pause_is_lifted_after_it_was_announced(real_world):
    pia, request = signed_in(real_world.pia.user), file(real_world.ada, Type.RESTRICTION)
    answer(real_world, request, Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED))
    assert "lift" in buttons(pia, request)
    assert dict(pia.get(record(request)).context["facts"])["Use paused"].startswith("Since ")

    press(pia, request, "lift")

    assert dict(pia.get(record(request)).context["facts"])["Use paused"].startswith("From ")

    assert Mark.objects.get().lifted_at and not {"lift", "announce_lift"} & buttons(pia, request)


def test_a_granted_pause_is_announced_first(real_world):
    pia, request = signed_in(real_world.pia.user), file(real_world.ada, Type.RESTRICTION)
    answer(real_world, request)
    assert "announce_lift" in buttons(pia, request) and "lift" not in buttons(pia, request)

    press(pia, request, "announce_lift")

    assert Mark.objects.get().lift_announced_at and Mark.objects.get().lifted_at is None


def test_nobody_is_called_told_whom_no_email_reaches(real_world):
    world, pia = real_world, signed_in(real_world.pia.user)
    paused, refused = file(world.ada, Type.RESTRICTION), file(world.ada, Type.AUTOMATED)
    answer(world, paused)
    answer(world, refused, Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.EXCESSIVE))
    about = {"customer": world.ada.customer.id, "by": world.ada.actor}
    requester_actions.appeal_answer(rights_request=refused.pk, why="Please.", **about)
    FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")

    announced = pia.get(press(pia, paused, "announce_lift").url)
    otto = signed_in(world.otto.user)
    decided = otto.get(press(otto, refused, "decide_appeal", outcome="upheld", text="It stays.").url)

    for page in (announced, decided):
        assert "No email reaches them" in text(page) and "customer is told" not in text(page)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [("upheld", "the answer stays as it was"), ("reversed", "the request begins again as RQ-")],
)
def test_another_officer_looks_again(world, pia, outcome, told):
    request = file(world.ada, Type.AUTOMATED)
    answer(world, request, Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.EXCESSIVE))
    requester_actions.appeal_answer(
        rights_request=request.pk, customer=world.ada.customer.id, why="Please.", by=world.ada.actor
    )

    assert "decide_appeal" not in buttons(pia, request) and "Decide the appeal by" in text(pia.get(record(request)))
    press(signed_in(world.otto.user), request, "decide_appeal", outcome=outcome, text="We looked.")

    decided = text(pia.get(record(request)))
    assert fresh(request).appeal_outcome == outcome and "Decide the appeal by" not in decided
    assert f"Appeal decided: {told}" in decided


@pytest.mark.parametrize("who", ["sam", "kim"])
def test_nobody_but_officers_sees_or_handles(world, who):
    client, request = signed_in(getattr(world, who).user), file(world.ada, said={"words": "Marker words"})

    for response in (client.get(LIST), client.get(record(request)), first_press(client, request, "read_words")):
        assert response.status_code in (403, 404) and "Marker words" not in text(response)


def test_days_are_counted_where_the_officer_is(world, pia):
    request = file(world.ada, Type.AUTOMATED)
    left = (request.due_at.date() - datetime.now(UTC).date()).days

    assert f"{left} days left" in text(pia.get(LIST)) and now().tzinfo


def test_a_look_up_stays_on_record_when_the_act_is_refused(world, pia):
    request = file_as_stranger()

    for _ in range(2):
        press(pia, request, "confirm_identity", who="C-1001", facts=["reference"])

    assert fresh(request).verified_at is None
    assert Entry.objects.filter(event="customer.looked_up", customer=world.ada.customer.id).count() == 2


@pytest.mark.parametrize(
    ("law", "is_taken"), [("GDPR Art 12(5)(b)", True), ("§ 34 BDSG", True), ("Ada owes us", False)]
)
def test_the_law_of_a_refusal_is_a_provision(world, pia, law, is_taken):
    request = file(world.ada, Type.PORTABILITY)

    press(pia, request, "refuse", reason=Reason.LEGAL, law=law, text="", format=Format.EMAIL, is_read="1")

    assert fresh(request).is_answered == is_taken
    assert not Entry.objects.filter(details__contains=law).exists()


def test_a_stranger_is_offered_no_download(world, pia):
    request = file_as_stranger()
    asked = first_press(pia, request, "refuse")
    assert 'value="portal_download"' not in asked.text and 'value="email" selected' in asked.text

    said = {"reason": Reason.NO_MATCH, "text": "We hold nothing."}
    assert press(pia, request, "refuse", **said, format="portal_download").status_code == 422
    (form,) = forms_on(press(pia, request, "refuse", **said, format="email"), "is_read")
    sent(pia, form, path=record(request), **{"CHANGE_FORM-action": "refuse"})
    assert fresh(request).response_format == "email"

    assert 'value="portal_download" selected' in first_press(pia, file(world.ada), "refuse").text


@pytest.mark.parametrize(
    ("type", "button"),
    [(Type.RESTRICTION, "Confirm identity and pause the use"), (Type.ACCESS, "Confirm identity")],
)
def test_confirming_identity_says_what_it_starts_and_asks(world, pia, type, button):
    rights_request = type_in(world, type)
    asked = text(first_press(pia, rights_request, "confirm_identity"))
    is_pause = type == Type.RESTRICTION

    assert ("Every use of this customer’s data is paused at once" in asked) == is_pause
    assert ("access that colleagues have now ends" in asked) == is_pause
    assert f"> {button} <" in asked and not Mark.objects.exists()

    done = press(pia, rights_request, "confirm_identity", facts=["reference", "birth"])

    told = text(pia.get(done.url))
    assert ("with everything that takes effect at once" in told) == is_pause == Mark.objects.exists()


def test_saying_whose_an_objection_is_says_what_it_starts(world, pia):
    rights_request = file_as_stranger(Type.OBJECTION)
    asked = text(first_press(pia, rights_request, "match"))
    assert "stop at once" in asked and "> Match to a customer and stop these uses <" in asked


@pytest.mark.parametrize("act", ["acknowledge", "answer", "hand_out_code", "review_values"])
def test_a_stale_button_leads_to_the_record_as_it_is_now(world, pia, act):
    rights_request = answer(world, file(world.ada, Type.AUTOMATED))

    pressed = first_press(pia, rights_request, act)

    assert pressed.status_code == 302 and "no longer possible" in text(pia.get(pressed.url))


def test_of_an_erased_customer_nothing_is_left_to_look_at_and_nobody_is_told(real_world):
    request, pia = file_correction(real_world.ada), signed_in(real_world.pia.user)
    assert "0 of 1 value decided" in text(pia.get(record(request)))
    erase(real_world, real_world.ada)

    page = text(pia.get(record(request)))
    assert "Gone with the customer’s data" in page and "values decided" not in page
    assert "nobody is told" in text(first_press(pia, request, "answer"))
    answered = text(pia.get(give(pia, request, outcome="no_data_held", format="post").url))
    assert "No email reaches this person." in answered and "the customer is told" not in answered
