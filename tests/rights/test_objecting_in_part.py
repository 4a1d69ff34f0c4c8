"""An objection that is granted in part says use by use what stops; the rest goes on once the customer was told."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from consents.choices.models import Mark
from consents.choices.services import marking
from consents.decisions.selectors import decide_use
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people.models import Acting, Customer
from consents.people.services import claiming, customer_records
from consents.rights.models import RightsRequest
from consents.rights.refusals import CannotRefuse, SayWhichUses, StoodForTheirCode
from consents.rights.rules import Format, Outcome, Reply, is_in_part
from consents.rights.services import requester_actions
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.forms import forms_on, sent
from tests.rights.handling import decide, make_use
from tests.rights.in_sql import answered, change, denied, refused
from tests.rights.officer_pages import buttons, first_press, fresh, press, record, text
from tests.world.cast import make_user, put_in_vault, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import erase
from tests.world.rights_requests import answer, by_staff, file, file_correction, type_in
from tests.world.scene_fixtures import scene


def partly(*granted: str) -> Reply:
    return Reply(
        Outcome.COMPLIED_PART, Format.DOWNLOAD, "We must watch for fraud.", Reason.NOT_COVERED, granted=granted
    )


@scene
def uses(real_world):
    """Three that may be objected to; one of them is direct marketing."""
    make_use(real_world), make_use(real_world, "quality")
    make_use(real_world, "offers", dpv_purpose="dpv:DirectMarketing")
    return real_world


def allowed(world) -> set[str]:
    codes = ("theft", "quality", "offers")
    asked = {code: decide_use(customer=world.ada.customer.pk, category="contact", purpose=code) for code in codes}
    return {code for code, decision in asked.items() if decision.allowed}


def lift(world, request) -> None:
    for mark in Mark.objects.filter(request=request.pk, lift_announced_at__isnull=False):
        marking.lift_mark(mark=mark.pk, by=by_staff(world.pia))


@pytest.mark.parametrize("scope", [("theft", "quality", "offers"), ()], ids=["named", "all"])
def test_what_is_granted_stays_stopped_and_the_rest_goes_on_when_it_is_lifted(uses, scope):
    request = file(uses.ada, Type.OBJECTION, scope=scope)
    done = answer(uses, request, partly("offers", "quality"))

    assert (done.outcome, done.granted) == ("complied_part", ["offers", "quality"])
    assert allowed(uses) == set() and Message.objects.filter(kind="mark_lift_announced").exists()
    assert Entry.objects.get(event="rights_request.answered").facts["granted"] == ["offers", "quality"]

    lift(uses, request)

    assert allowed(uses) == {"theft"}
    standing = Mark.objects.filter(request=request.pk, lifted_at=None, lift_announced_at=None)
    assert {mark.purpose.code for mark in standing} == {"offers", "quality"}


def test_it_can_be_looked_at_again(uses):
    request = answer(uses, file(uses.ada, Type.OBJECTION), partly("offers", "quality"))

    asked = requester_actions.appeal_answer(
        rights_request=request.pk, customer=uses.ada.customer.pk, why="All of it.", by=uses.ada.actor
    )

    assert asked.appeal_outcome == "pending"


@pytest.mark.parametrize(
    "granted", [(), ("quality",), ("offers", "quality", "theft"), ("offers", "support")], ids="-".join
)
def test_some_stop_some_go_on_and_marketing_always_stops(uses, granted):
    request = file(uses.ada, Type.OBJECTION, scope=("theft", "quality", "offers"))
    with pytest.raises(SayWhichUses):
        answer(uses, request, partly(*granted))
    assert not fresh(request).is_answered


def test_only_an_objection_in_part_names_uses(uses):
    whole = Reply(Outcome.COMPLIED_WHOLE, Format.EMAIL, granted=("offers",))
    for type in (Type.OBJECTION, Type.AUTOMATED):
        with pytest.raises(SayWhichUses):
            answer(uses, file(uses.ada, type), whole)


@pytest.mark.parametrize(
    ("granted", "asked", "marketing", "is_so"),
    [
        ("a", "ab", "", True),
        ("a", "ab", "a", True),
        ("a", "ab", "b", False),
        ("a", "a", "", False),
        ("", "ab", "", False),
        ("ac", "ab", "", False),
    ],
)
def test_what_in_part_means(granted, asked, marketing, is_so):
    assert is_in_part(granted, asked, marketing) == is_so


def test_the_officer_ticks_what_stops_and_the_customer_reads_both(uses):
    pia, request = signed_in(uses.pia.user), file(uses.ada, Type.OBJECTION, scope=("theft", "quality", "offers"))
    said = {"outcome": "complied_part", "reason": "claim_not_covered", "format": "portal_download", "text": "Fraud."}
    missing = press(pia, request, "answer", **said, granted=["quality"])
    assert missing.status_code == 422 and "Direct marketing always stops." in text(missing)
    preview = press(pia, request, "answer", **said, granted=["quality", "offers"])
    assert "What continues" in text(preview) and "Look after theft" in text(preview)

    (form,) = forms_on(preview, "is_read", "granted")
    assert all(f'name="granted" value="{code}"' in text(preview) for code in ("quality", "offers"))
    sent(pia, form, path=record(request), granted=["quality", "offers"], **{"CHANGE_FORM-action": "answer"})

    page = text(signed_in(uses.ada.user).get(f"/rights/requests/{request.number}/"))
    assert "What stops</dt><dd>Look after offers, Look after quality" in page
    assert "What continues</dt><dd>Look after theft" in page and "Ask for a review" in page
    assert "lift" in buttons(pia, request)
    press(pia, request, "lift")
    assert allowed(uses) == {"theft"}


def test_one_use_is_not_parted(uses):
    request = file(uses.ada, Type.OBJECTION, scope=("theft",))
    assert "complied_part" not in text(first_press(signed_in(uses.pia.user), request, "answer"))


def test_marketing_among_all_uses_is_not_refused(uses):
    request = file(uses.ada, Type.OBJECTION)
    with pytest.raises(CannotRefuse):
        answer(uses, request, Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.NOT_COVERED))
    no = denied("other", "other")
    refused("rights_answer_use_by_use", request, no, event="answered", outcome="denied")


@pytest.mark.parametrize("granted", ["[]", '["theft"]', '["support"]', '["offers", "theft"]', '["offers", "support"]'])
def test_in_sql_no_other_part_is_granted(uses, granted):
    request = file(uses.ada, Type.OBJECTION, scope=("theft", "offers"))
    part = denied("other", "other", "complied_part", granted=f"'{granted}'")
    constraint = "rights_answer_checked" if granted == "[]" else "rights_answer_use_by_use"
    refused(constraint, request, part, event="answered", outcome="complied_part")


def test_in_sql_the_end_of_the_rest_is_announced_with_the_answer(uses):
    """Without a word to the customer nothing of it goes on."""
    request = file(uses.ada, Type.OBJECTION, scope=("theft", "offers"))
    granted = denied("other", "other", "complied_part", granted="'[\"offers\"]'")
    refused("rights_answer_use_by_use", request, granted, event="answered", outcome="complied_part")
    whole = answered(granted="'[\"offers\"]'")
    refused("rights_answer_checked", request, whole, event="answered", outcome="complied_whole")


def test_in_sql_each_use_that_is_said_to_stop_stands(uses):
    """Of two, the one that the customer has lifted again does not stop because the other does."""
    request = file(uses.ada, Type.OBJECTION, scope=("theft", "quality", "offers"))
    for mark in Mark.objects.filter(request=request.pk, purpose__code__in=["theft", "quality"]):
        marking.lift_mark(mark=mark.pk, by=uses.ada.actor)
    granted = denied("other", "other", "complied_part", granted="""'["offers", "quality"]'""")
    refused("rights_answer_use_by_use", request, granted, event="answered", outcome="complied_part")


def test_in_sql_staff_lift_what_goes_on_and_nothing_else(uses):
    request = file(uses.ada, Type.OBJECTION, scope=("theft", "offers"))
    answer(uses, request, partly("offers"))

    told = {mark.purpose.code: lifted_by_hand(uses, mark) for mark in Mark.objects.filter(request=request.pk)}

    assert told["theft"].startswith("allowed") and told["offers"] == "23001 choices_mark_objection_answered"
    with pytest.raises(Exception, match="permission denied"):
        again = "UPDATE rights_answer SET granted = '[\"theft\"]' WHERE rights_request_id = %(id)s"
        change(RightsRequest.objects.get(pk=request.pk), again, event="answered")


def lifted_by_hand(world, mark) -> str:
    event = "lift_announced" if mark.lift_announced_at is None else "lifted"
    column = f"{event}_at"
    entry = (
        "SELECT portal.append_entry(%s, %s, 'staff', %s, 'mark', %s, %s, 'portal', NULL, 'objection', '{}')",
        [f"objection.{event}", mark.customer_id, str(world.pia.pk), str(mark.pk), mark.purpose.code],
    )
    with application_speaking() as application:
        return outcome(
            application, entry, (f"UPDATE choices_mark SET {column} = portal.now() WHERE id = %s", [mark.pk])
        )


def test_granted_to_somebody_who_was_erased_meanwhile_it_marks_nothing(uses):
    request = file(uses.ada, Type.OBJECTION)
    erase(uses)
    marks = list(Mark.objects.values())

    done = answer(uses, request, replace(partly("offers", "quality"), format=Format.POST))

    assert done.granted == ["offers", "quality"] and list(Mark.objects.values()) == marks


# The two officers of a claim code do not answer its customer, and a no that an officer typed in is told.


@pytest.fixture
def let_in(real_world) -> SimpleNamespace:
    """Cara, whose claim code is of Pia and Quinn."""
    customer = customer_records.open_customer_record(reference="C-7", by=PORTAL)
    user = make_user("cara@example.com")
    code = make_claim_code(customer=customer, officer=real_world.pia.user)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    acting = Acting.objects.get(user=user, ends_at=None)
    return SimpleNamespace(
        user=user, customer=Customer.objects.get(pk=customer.pk), acting=acting, actor=Actor("customer", str(user.pk))
    )


@pytest.mark.parametrize("who", ["pia", "quinn"])
def test_neither_officer_of_a_code_answers_its_customer(real_world, let_in, who):
    filed = file(let_in, Type.AUTOMATED)

    with pytest.raises(StoodForTheirCode):
        answer(real_world, filed, officer=getattr(real_world, who))
    answer(real_world, filed, officer=real_world.otto)


def test_nor_do_they_decide_what_value_is_right(real_world, let_in):
    put_in_vault(let_in.customer, real_world.categories["contact"], {"name": "Cara", "phone": "555-0100"})
    filed = file_correction(let_in)

    with pytest.raises(StoodForTheirCode):
        decide(real_world, filed)
    assert decide(real_world, filed, officer=real_world.otto).is_accepted


def test_the_officers_of_a_code_answer_everybody_else(real_world, let_in):
    answer(real_world, file(real_world.ada, Type.AUTOMATED), officer=real_world.pia)


@pytest.mark.parametrize(
    ("event", "result"),
    [("answered", "complied"), ("appeal_decided", "upheld"), ("value_decided", "accepted")],
)
def test_the_database_refuses_an_answer_by_an_officer_of_the_code(real_world, let_in, event, result):
    entry = (
        f"SELECT portal.append_entry('rights_request.{event}', %s::uuid, 'staff', %s::text, 'x', 'x', '', 'job',"
        f" NULL, '{result}', '{{}}')"
    )
    with application_speaking() as application:
        refused = outcome(application, (entry, [let_in.customer.pk, real_world.pia.pk]))
        by_otto = outcome(application, (entry, [let_in.customer.pk, real_world.otto.pk]))
        of_ada = outcome(application, (entry, [real_world.ada.customer.pk, real_world.pia.pk]))

    assert refused == "23001 rights_answer_by_another_officer"
    assert by_otto.startswith("allowed") and of_ada.startswith("allowed")


def test_whoever_erases_a_kind_of_data_refuses_what_was_proposed_for_it(real_world, let_in):
    entry = (
        "SELECT portal.append_entry('rights_request.value_decided', %s::uuid, 'staff', %s::text, 'x', 'x', '', 'job',"
        " NULL, 'refused', '{}')"
    )
    with application_speaking() as application:
        assert outcome(application, (entry, [let_in.customer.pk, real_world.pia.pk])).startswith("allowed")


def test_a_typed_withdrawal_is_told_with_who_typed_it(real_world):
    type_in(real_world, Type.WITHDRAWAL, customer=real_world.ada.customer)

    message = Message.objects.get(kind="rights_request_typed_in")
    assert message.customer == real_world.ada.customer and "Example" in message.context["who"]
