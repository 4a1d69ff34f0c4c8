"""An answer that is committed after the last moment is refused as late, by the same words as any late answer."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from consents.access.models import AccessRequest, Answer
from consents.access.rules import AlreadyEnded
from consents.access.services.answering import refuse_if_too_late
from consents.core import clock
from tests.world.cast import answer, ask


def test_an_answer_committed_too_late_is_refused(real_world, later, monkeypatch):
    request = ask(real_world, answer_within=timedelta(hours=1))
    began = clock.now()
    later(timedelta(hours=1, seconds=1))
    monkeypatch.setattr(clock, "now", lambda: began)  # it began in time

    with pytest.raises(AlreadyEnded):
        answer(real_world, request)

    monkeypatch.undo()
    assert AccessRequest.objects.get(pk=request.pk).state == "pending" and not Answer.objects.exists()


def test_what_else_the_database_refuses_is_not_called_late(world):
    request = ask(world, "orders")

    with pytest.raises(IntegrityError), refuse_if_too_late(request.pk), transaction.atomic():
        raise IntegrityError
