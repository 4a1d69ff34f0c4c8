"""Reading what customers asked before answering, with the texts opened, and which reminders are due."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from consents.access.models import AccessRequest, Enquiry
from consents.access.rules.enquiries import EnquiryTime
from consents.access.selectors import select_pending
from consents.core import sealing
from consents.notifications.models import Message
from consents.people import keys
from consents.people.models import CustomerKey


class EnquiryTexts(NamedTuple):
    """One question with its reply, opened; empty texts for what was not written or can be read no longer."""

    id: UUID
    question: str
    sent_at: datetime
    reply: str
    replied_at: datetime | None


def list_enquiry_times(access_request: UUID) -> list[EnquiryTime]:
    times = Enquiry.objects.filter(access_request=access_request).order_by("sent_at")
    return [EnquiryTime(*moments) for moments in times.values_list("sent_at", "replied_at")]


def list_enquiries(access_request: AccessRequest) -> list[EnquiryTexts]:
    """List the questions about a request, oldest first, with both texts opened. Reads what was prefetched."""
    enquiries = sorted(access_request.enquiries.all(), key=lambda enquiry: enquiry.sent_at)
    try:
        key = keys.open_customer_key(access_request.customer_id) if enquiries else b""
    except CustomerKey.DoesNotExist:  # erased
        key = b""
    return [open_enquiry(enquiry, key) for enquiry in enquiries]


def open_enquiry(enquiry: Enquiry, key: bytes) -> EnquiryTexts:
    """Open both texts; without a key they are empty."""
    sealed = {"question": enquiry.sealed_question, "reply": enquiry.sealed_reply}
    texts = {
        part: sealing.open_value(key, bytes(value), str(enquiry.pk), part).decode() if key and value else ""
        for part, value in sealed.items()
    }
    return EnquiryTexts(enquiry.pk, texts["question"], enquiry.sent_at, texts["reply"], enquiry.replied_at)


def get_reminder_key(access_request: UUID) -> str:
    """Return the key that makes the reminder about a request once-only."""
    return f"access_request.reminder:{access_request}"


def select_due_reminders(now: datetime, within: timedelta) -> QuerySet[AccessRequest]:
    """Select waiting requests whose reminder is due and was not queued; `within`: how late it may still be."""
    key = Concat(Value("access_request.reminder:"), Cast(OuterRef("pk"), CharField()))
    due = select_pending(now).filter(remind_at__lte=now, remind_at__gt=now - within)
    return due.exclude(Exists(Message.objects.filter(key=key))).select_related("customer").order_by("remind_at", "pk")
