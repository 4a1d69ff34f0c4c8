"""Rights cost nothing, but for what plainly has no ground or goes far beyond the right (GDPR Art 12(5); Civ
1798.145(h)(3)): then with the reason, told to the customer, and never for a no to a use."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError
from django.utils.timezone import localdate

from consents.core.clock import now
from consents.law.kinds import Type
from consents.law.reasons import Reason, may_take_fee
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.services import customer_records
from consents.rights.refusals import NobodyToWriteTo, NoFee
from consents.rights.rules import Format, Outcome, Reply
from tests.rights.in_sql import answered, change
from tests.rights.officer_pages import first_press, fresh, give, press, record, text
from tests.world.cast import signed_in
from tests.world.rights_requests import answer, confirm, file, search, type_in

FREE = Reply(Outcome.COMPLIED_WHOLE, Format.EMAIL, "Here it is, once more.")
WITH_FEE = replace(FREE, fee=Decimal("12.50"), currency="EUR", fee_reason=Reason.EXCESSIVE)


def searched(world, type: Type = Type.ACCESS):
    asked = file(world.ada, type)
    search(world, asked)
    return asked


def test_a_fee_is_on_record_with_its_reason(world):
    asked = answer(world, searched(world), WITH_FEE)

    assert (asked.fee_amount, asked.fee_currency, asked.fee_reason) == (Decimal("12.50"), "EUR", "excessive")
    told = Entry.objects.get(event="rights_request.answered").details
    assert '"fee":"12.50 EUR"' in told and '"fee_reason":"excessive"' in told


def test_the_customer_reads_how_much_why_by_which_law_and_where_to_complain(world):
    Message.objects.all().delete()
    asked = answer(world, searched(world), WITH_FEE)
    mail.outbox.clear()
    for message in Message.objects.filter(kind="rights_request_answered"):
        deliver_message(message=message.pk)

    page = text(signed_in(world.ada.user).get(f"/rights/requests/{asked.number}/"))
    letter = mail.outbox[-1].body

    assert "12.50 EUR. The request goes far beyond what the right is for. (GDPR Art 12(5))" in page
    assert "you can complain to the data protection authority" in page
    assert "There is a fee for this: 12.50 EUR. The request goes far beyond" in letter
    assert "you can complain to the data protection authority" in letter


def test_officers_read_it_on_its_record(world):
    asked = answer(world, searched(world), WITH_FEE)

    assert "12.50 EUR. The request goes far" in text(signed_in(world.pia.user).get(record(asked)))


def test_whom_no_mail_reaches_is_told_before(world):
    asked = type_in(world, Type.ACCESS, customer_records.open_customer_record(reference="C-77", by=PORTAL))
    confirm(world, asked)
    search(world, asked)
    with pytest.raises(NobodyToWriteTo):
        answer(world, asked, WITH_FEE)
    pia, done = signed_in(world.pia.user), {"outcome": "complied_whole", "format": "post"}
    fee = {"fee": "12.50", "currency": "EUR", "fee_reason": "excessive"}

    assert "Say on which day they were told." in text(press(pia, asked, "answer", **done, **fee))
    give(pia, asked, **done, **fee, told_on=localdate(now()).isoformat())

    assert fresh(asked).fee_amount == Decimal("12.50")
    assert '"told_on"' in Entry.objects.get(event="rights_request.answered").details


def test_without_one_nothing_speaks_of_it(world):
    asked = answer(world, searched(world), FREE)
    for message in Message.objects.filter(kind="rights_request_answered"):
        deliver_message(message=message.pk)

    page = text(signed_in(world.ada.user).get(f"/rights/requests/{asked.number}/"))

    assert ">Fee<" not in page and asked.fee_reason == "" and "fee for this" not in mail.outbox[-1].body
    assert not {"fee", "fee_reason"} & Entry.objects.get(event="rights_request.answered").facts.keys()


@pytest.mark.parametrize(
    "changes",
    [
        {"fee_reason": None},
        {"fee_reason": Reason.TOO_MANY},
        {"currency": ""},
        {"fee": Decimal(0)},
        {"fee": Decimal(-5)},
        {"fee": Decimal("0.001")},
        {"currency": "euro"},
        {"outcome": Outcome.NO_DATA},
        {"outcome": Outcome.DENIED, "reason": Reason.EXCESSIVE},
    ],
    ids=str,
)
def test_a_part_of_it_is_no_fee(world, changes):
    with pytest.raises(NoFee):
        answer(world, searched(world), replace(WITH_FEE, **changes))


def test_a_no_costs_nothing():
    free = {Type.WITHDRAWAL, Type.OBJECTION, Type.OPT_OUT, Type.OPT_IN, Type.LIMIT, Type.ADMT_OPT_OUT}

    assert {type for type in Type if not may_take_fee(type)} == free


def test_nor_does_an_objection(world):
    with pytest.raises(NoFee):
        answer(world, file(world.ada, Type.OBJECTION), WITH_FEE)


FIVE = {"fee_amount": "5", "fee_currency": "'EUR'"}


@pytest.mark.parametrize(
    ("type", "fee"),
    [
        (Type.ACCESS, FIVE),
        (Type.ACCESS, FIVE | {"fee_reason": "'too_many_requests'"}),
        (Type.ACCESS, {"fee_reason": "'excessive'"}),
        (Type.OBJECTION, FIVE | {"fee_reason": "'excessive'"}),
    ],
)
def test_by_hand_neither(real_world, type, fee):
    asked = file(real_world.ada, type)
    if type == Type.ACCESS:
        search(real_world, asked)

    with pytest.raises(IntegrityError) as fault:
        change(asked, answered(**fee), event="answered", outcome="complied_whole")

    name = "rights_answer_fee_has_its_ground" if type == Type.ACCESS else "rights_answer_checked"
    assert fault.value.__cause__.diag.constraint_name == name


def test_an_officer_types_all_three_or_none(world):
    pia, asked = signed_in(world.pia.user), searched(world)
    done = {"outcome": "complied_whole", "format": "email"}

    half = press(pia, asked, "answer", **done, fee="12.50", currency="euro")
    assert half.status_code == 422
    assert "Type its three capital letters" in text(half) and "Choose why there is a fee." in text(half)
    nothing_found = press(
        pia, asked, "answer", **done | {"outcome": "no_data_held"}, fee="9", currency="EUR", fee_reason="excessive"
    )
    assert "For nothing found there is no fee." in text(nothing_found)
    give(pia, asked, **done, fee="12.50", currency="EUR", fee_reason="excessive")

    assert fresh(asked).fee_amount == Decimal("12.50")


def test_where_there_is_none_nobody_is_asked(world):
    asked = file(world.ada, Type.OBJECTION)

    assert 'name="fee"' not in text(first_press(signed_in(world.pia.user), asked, "answer"))
