"""Questions a customer asks before answering, and the one reminder: how many, how long, until when. Pure."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal

# Time to answer stands still while a question is open, for so long at most; the database counts the same.
LONGEST_PAUSE = timedelta(days=2)
MOST_ENQUIRIES = 5
MOST_LETTERS = 500
MORNING = time(8)
# A reminder that could not be sent on its day is not sent later.
REMIND_WITHIN = timedelta(hours=12)


class EnquiryTime(NamedTuple):
    """Tells when a question was sent, and when it was replied to, if it was."""

    sent_at: datetime
    replied_at: datetime | None


class EnquiryOpen(Refusal):
    sentence = _("Your last question has no answer yet. You can ask the next one once it is answered.")


class TooManyEnquiries(Refusal):
    sentence = _("You have asked as many questions about this request as it can hold. You can still allow it or not.")


class AlreadyReplied(Refusal):
    sentence = _("This question has already been answered. Nothing was changed.")


class NothingWritten(NotValid):
    sentence = _("Write your question.")


class NoMorningLeft(Refusal):
    sentence = _("The time to answer ends before tomorrow morning. Please answer today.")


def compute_extra_time(enquiries: Iterable[EnquiryTime]) -> timedelta:
    """Return by how much enquiries move the answer-by moment: each by the time it was open.

    One that is still open counts with LONGEST_PAUSE; the reply gives back what it did not need.
    """
    return sum((compute_pause(enquiry) for enquiry in enquiries), timedelta(0))


def compute_pause(enquiry: EnquiryTime) -> timedelta:
    return min(enquiry.replied_at - enquiry.sent_at, LONGEST_PAUSE) if enquiry.replied_at else LONGEST_PAUSE


def check_may_enquire(enquiries: Iterable[EnquiryTime]) -> None:
    """Raises EnquiryOpen, TooManyEnquiries."""
    earlier = list(enquiries)
    if any(enquiry.replied_at is None for enquiry in earlier):
        raise EnquiryOpen
    if len(earlier) >= MOST_ENQUIRIES:
        raise TooManyEnquiries


def compute_tomorrow_morning(now: datetime) -> datetime:
    """Return the next day's morning in the time zone of `now`."""
    return datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)
