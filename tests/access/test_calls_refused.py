"""An officer takes no call about their own matter, reads out nothing unproved, and no yes for one of several."""

from uuid import uuid4

import pytest

from consents.access.models import Answer, CallerCode
from consents.access.rules import telephone
from consents.access.selectors.locking import may_record_answer
from consents.core.refusals import Unknown
from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services.locking import lock_account, unlock_account
from consents.people.services.representing import HoldersAnswerThemselves
from consents.people.services.staff_members import move_staff_member
from tests.world.cast import ask, signed_in
from tests.world.holders import share_account
from tests.world.sessions import act_for
from tests.world.telephone import CODE, answer_by_telephone, prove, record_answer, say_known_code, send_known_code


def test_who_asked_takes_no_call_about_it_once_an_officer(world):
    request = ask(world, "orders")
    move_staff_member(member=world.sam, role=Role.PRIVACY_OFFICER, team="Privacy", by=PORTAL)

    with pytest.raises(telephone.OwnMatter):
        send_known_code(request, world.sam)
    assert not CallerCode.objects.exists() and may_record_answer(world.pia.user, request)


def test_who_acts_or_has_acted_for_the_customer_takes_no_call(real_world):
    request = ask(real_world, "orders")
    act_for(real_world.pia.pk, real_world.ada.customer.pk)
    act_for(real_world.quinn.pk, real_world.ada.customer.pk, ends="portal.now()")

    for officer in (real_world.pia, real_world.quinn):
        with pytest.raises(telephone.OwnMatter):
            send_known_code(request, officer)
    assert not CallerCode.objects.exists()


def test_of_a_request_that_is_not_there_nothing_is_proved_or_recorded(world):
    request = ask(world, "orders")
    request.pk = uuid4()

    for act in (prove, lambda request, officer: answer_by_telephone(world, request)):
        with pytest.raises(Unknown):
            act(request, world.pia)
    assert not Answer.objects.exists() and not CallerCode.objects.exists()


def test_of_a_shared_account_a_no_alone_is_recorded(world):
    share_account(world)
    request = ask(world, "orders")

    with pytest.raises(HoldersAnswerThemselves):
        answer_by_telephone(world, request)
    assert not Answer.objects.exists() and not request.assents.exists()
    assert answer_by_telephone(world, request, "none").state == "denied"


def test_an_answer_sent_without_a_fresh_proof_is_not_recorded_and_the_officer_reads_why(world):
    request, pia = ask(world, "orders"), signed_in(world.pia.user)

    page = pia.post(f"/admin/access/accessrequest/{request.pk}/telephone/", {"decision": "none", "confirm": "1"}).text

    assert str(telephone.CallerNotProved.sentence) in page and 'name="send"' in page
    assert not Answer.objects.exists()


@pytest.mark.parametrize("call", [prove, send_known_code])
def test_once_the_customer_locks_their_access_the_call_goes_no_further(world, later, call):
    request, pia = ask(world, "orders"), signed_in(world.pia.user)
    call(request, world.pia)
    page = f"/admin/access/accessrequest/{request.pk}/telephone/"
    lock_account(user=world.ada.user, customer=request.customer_id, by=world.ada.actor, ways={"code", "password"})

    opened = pia.get(page)
    later(telephone.CODE_LIFETIME)
    typed = pia.post(page, {"code": CODE})

    assert (opened.status_code, typed.status_code) == (200, 409)
    for said in (opened.text, typed.text):
        assert "has locked their access" in said and "Read this out" not in said and 'name="code"' not in said
        assert "This code no longer works" not in said


def test_nobody_answers_by_telephone_for_a_customer_who_has_locked_their_access(world):
    proved, sent, pia = ask(world, "orders"), ask(world, "contact"), signed_in(world.pia.user)
    prove(proved, world.pia)
    send_known_code(sent, world.pia)
    about = {"user": world.ada.user, "customer": proved.customer_id, "by": world.ada.actor}
    lock_account(**about, ways={"code", "password"})

    for act in (lambda: record_answer(world, proved, "none"), lambda: say_known_code(sent, world.pia)):
        with pytest.raises(telephone.AccessLocked):
            act()
    page = pia.post(f"/admin/access/accessrequest/{sent.pk}/telephone/", {"send": "1", "token": str(uuid4())})
    assert "has locked their access" in page.text and not Answer.objects.exists() and CallerCode.objects.count() == 2

    unlock_account(**about, proofs={"code", "password"})
    assert record_answer(world, proved).state == "approved"
