"""The job of an email is queued in the statement that keeps the email, and is the one that the queue itself makes."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from consents.notifications import tasks
from consents.notifications.rules import LOW_PRIORITY
from consents.notifications.services import queueing


@pytest.mark.parametrize(("kind", "priority"), [("act_confirmed", 0), ("choice_reworded", LOW_PRIORITY)])
def test_it_is_the_job_that_the_queue_makes(world, kind, priority):
    message = queueing.notify(kind=kind, key="key", customer=world.ada.customer)
    tasks.send_message.configure(priority=priority).defer(message=str(message.pk))

    ours, theirs = ProcrastinateJob.objects.filter(args={"message": str(message.pk)}).values()
    assert {**ours, "id": 0} == {**theirs, "id": 0}


def test_there_is_none_for_an_email_that_was_queued_before(world):
    queueing.notify(kind="act_confirmed", key="key", customer=world.ada.customer)
    before = ProcrastinateJob.objects.count()

    assert queueing.notify(kind="act_confirmed", key="key", customer=world.ada.customer) is None
    assert ProcrastinateJob.objects.count() == before
