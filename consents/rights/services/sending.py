"""An answer that no page of the portal carries goes out by an officer's hand: the day is on record, or it waits."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.durations import get_home_day
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.models import AnswerDispatch, RightsRequest
from consents.rights.refusals import BadDayOfTelling
from consents.rights.selectors import must_be_sent
from consents.rights.services.recording import (
    append_rights_entry,
    get_receipt_day,
    lock_for_officer,
    record_step,
)


class NothingToSend(Refusal):
    sentence = _("Nothing of this request is to be sent by hand: look at it again.")


@transaction.atomic
def record_answer_sent(*, rights_request: UUID, sent_on: date, officer: StaffMember, by: Actor) -> AnswerDispatch:
    """Note the day on which the answer was sent or given. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, NothingToSend, BadDayOfTelling.
    """
    locked = lock_for_officer(rights_request, officer)
    earlier = AnswerDispatch.objects.filter(rights_request=locked).first()
    if earlier:
        return earlier
    if not must_be_sent(locked):
        raise NothingToSend
    return record_dispatch(locked, sent_on, officer, by)


def record_dispatch(rights_request: RightsRequest, sent_on: date, officer: StaffMember, by: Actor) -> AnswerDispatch:
    if not get_receipt_day(rights_request) <= sent_on <= get_home_day(clock.now()):
        raise BadDayOfTelling
    dispatch = record_step(rights_request, AnswerDispatch, sent_on=sent_on, sent_by=officer.user)
    append_rights_entry(rights_request, "answer_sent", by, rights_request.response_format, sent_on=sent_on.isoformat())
    return dispatch
