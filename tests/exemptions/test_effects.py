"""A no of the customer ends what an emergency opened; a legal duty goes on. Erasure ends both."""

from uuid import uuid4

import pytest
from django.core import mail

from consents.access.models import Grant
from consents.access.rules import CannotAllowNow, RequestState
from consents.access.services.asking import PurposeNotAskable
from consents.choices.rules import MarkKind
from consents.choices.services import marking
from consents.core.refusals import Unknown
from consents.disclosures.services import LookRefused
from consents.exemptions.models import Exemption
from consents.exemptions.services import deciding, telling
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from tests.world.cast import answer, ask
from tests.world.erasing import erase
from tests.world.exemptions import build_delay, by_staff, decide, file_order, look, open_emergency
from tests.world.retirements import retire


@pytest.mark.parametrize("kind", [MarkKind.RESTRICTION, MarkKind.OBJECTION], ids=str)
def test_a_mark_ends_an_emergency_and_passes_a_duty(real_world, kind):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))
    ada = real_world.ada
    marking.place_mark(
        customer=ada.customer.id,
        kind=kind,
        purpose="support" if kind == MarkKind.OBJECTION else "",
        by=ada.actor,
    )

    with pytest.raises(LookRefused):
        look(emergency)
    assert look(duty) == 2
    message = Message.objects.get(kind="access_ended", user=real_world.sam.user)
    deliver_message(message=message.pk)
    assert "“Exemptions” shows which access it was" in mail.outbox[-1].body


def test_a_mark_that_stands_refuses_an_emergency_and_passes_a_duty(real_world):
    ada = real_world.ada
    marking.place_mark(customer=ada.customer.id, kind=MarkKind.RESTRICTION, by=ada.actor)
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))

    with pytest.raises(LookRefused):
        look(emergency)
    assert look(duty) == 2


def test_erasure_ends_both(real_world):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))
    erase(real_world, real_world.ada)

    assert {grant.end for grant in Grant.objects.filter(exemption__in=[emergency.pk, duty.pk])} == {"company"}


def test_a_yes_beside_an_exemption_is_refused_without_telling_of_it(world):
    """What is open already cannot be opened twice, and a law may forbid to say so. No stays possible."""
    asked = ask(world, "orders")
    decide(world, file_order(world, "orders"))

    with pytest.raises(CannotAllowNow):
        answer(world, asked)

    asked.refresh_from_db()
    assert asked.state == RequestState.PENDING
    assert answer(world, asked, "none").state == RequestState.DENIED


def test_of_an_exemption_that_is_not_there_nothing_is_decided_ended_or_told(world):
    nowhere, told = Exemption(pk=uuid4()), Entry.objects.count()
    about = {"exemption": nowhere.pk, "officer": world.pia, "by": by_staff(world.pia)}
    for act in (
        lambda: decide(world, nowhere),
        lambda: telling.release_notice(**about),
        lambda: deciding.end_exempted_access(exemption=nowhere.pk, member=world.pia, by=PORTAL),
    ):
        with pytest.raises(Unknown):
            act()

    by_job = {"exemption": nowhere.pk, "by": PORTAL}
    for job in (deciding.record_missed_check, deciding.end_void_exemption, telling.release_due_notice):
        with pytest.raises(Unknown):
            job(**by_job)
    assert Entry.objects.count() == told


def test_a_job_that_comes_too_early_changes_nothing(world):
    opened = open_emergency(world, "contact")
    delayed = decide(world, file_order(world, "orders"), delay=build_delay())
    told = Entry.objects.count()

    assert not deciding.record_missed_check(exemption=opened.pk, by=PORTAL)
    for exemption in (opened, delayed):
        assert not deciding.end_exempted_by_time(exemption=exemption.pk, by=PORTAL)
        assert not telling.release_due_notice(exemption=exemption.pk, by=PORTAL)
    assert Entry.objects.count() == told and Grant.objects.filter(ended_at=None).count() == 2


def test_nothing_is_granted_for_a_purpose_that_has_ended(world):
    filed = file_order(world)
    retire(world.purpose)

    with pytest.raises(deciding.NothingToGrant):
        decide(world, filed)
    assert not Grant.objects.exists()
    with pytest.raises(PurposeNotAskable):
        file_order(world)


def test_nobody_files_about_nobody_or_about_data_beyond_the_purpose(world):
    for terms in ({"customer": uuid4()}, {"categories": frozenset()}, {"categories": frozenset([999])}):
        with pytest.raises(PurposeNotAskable):
            file_order(world, **terms)
    assert not Exemption.objects.exists()
