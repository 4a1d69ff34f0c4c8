"""How erasures and legal holds read to officers. Decides nothing."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import date_format as day_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.people import selectors
from consents.people.models import Customer, Erasure, LegalHold, User
from consents.people.services import HeldByLaw
from consents.people.signals import erasure_previewed


def goes() -> list[str]:
    """What an erasure takes, whoever it is."""
    return [
        _("All personal data in the vault becomes unreadable and is removed: the customer’s key is destroyed."),
        _("Customer number, email address, country and language are removed; nothing leads back to the person."),
        _("Their account closes and they are signed out everywhere, unless they act for somebody else."),
        _("Mail that waits for them is stopped. One last mail tells them that it is done."),
    ]


def ends(customer: UUID) -> list[str]:
    """What of this customer's ends, told by the rooms that know."""
    answers = erasure_previewed.send(sender=Customer, customer=customer)
    return [sentence for _receiver, sentences in answers for sentence in sentences or ()]


def stays() -> list[tuple[str, str]]:
    """(what is kept, why and how long). All of it under the random number alone."""
    return [
        (
            _("The ledger: what was asked, answered, opened and ended, and this erasure"),
            _("We must be able to prove it (GDPR Art. 5(2), 7(1)). It names the customer by a random number."),
        ),
        (
            _("Access requests and their answers as they were filed"),
            _("Records of requests are kept at least 24 months. What the customer wrote cannot be read any more."),
        ),
        (
            _("Who of the company asked, looked and decided"),
            _("The proof would be worth nothing without it."),
        ),
        (
            _("A keyed hash of the customer number"),
            _("Your company’s next list must not bring the customer back. It tells neither the number nor the person."),
        ),
    ]


def held(customer: UUID) -> str:
    """Why it must wait, and until when at least; empty when nothing stands against it."""
    hold = selectors.holds(customer).first()
    return str(HeldByLaw(hold)) if hold else ""


def state_of(row: Erasure | LegalHold) -> tuple[str, str]:
    """(tone, word)."""
    if isinstance(row, LegalHold):
        return ("no", pgettext("hold", "Lifted")) if row.lifted_at else ("wait", pgettext("hold", "Stands"))
    if row.done_at:
        return "yes", pgettext("erasure", "Done")
    return ("no", pgettext("erasure", "Cancelled")) if row.cancelled_at else ("wait", _("Waits for a second officer"))


def facts_of_erasure(row: Erasure) -> list[tuple[str, Any]]:
    facts = [
        (_("Customer"), row.customer_id),
        (_("Why"), capfirst(row.get_reason_display())),
        (_("Proposed by"), name_of(row.proposed_by)),
        (_("Proposed"), as_words(row.proposed_at)),
        (_("Confirmed by"), name_of(row.confirmed_by)),
        (_("Erased"), as_words(row.done_at)),
        (_("Done again after a restore of"), row.original and bytes(row.original).hex()),
        (_("Cancelled by"), name_of(row.cancelled_by) or (row.cancelled_at and _("the customer"))),
        (_("Cancelled"), as_words(row.cancelled_at)),
    ]
    return [(label, value) for label, value in facts if value]


def facts_of_hold(row: LegalHold) -> list[tuple[str, Any]]:
    facts = [
        (_("Customer"), row.customer_id),
        (_("Why it must be kept"), capfirst(row.get_reason_display())),
        (_("Case or file number"), row.document),
        (_("Look at it again on"), day_format(row.review_on)),
        (_("Placed by"), name_of(row.placed_by)),
        (_("Placed"), as_words(row.placed_at)),
        (_("Done again after a restore of"), row.original and bytes(row.original).hex()),
        (_("Lifted by"), name_of(row.lifted_by)),
        (_("Lifted"), as_words(row.lifted_at)),
    ]
    return [(label, value) for label, value in facts if value]


def name_of(user: User | None) -> str:
    return user.get_full_name() if user else ""


def as_words(moment: Any) -> str:
    return date_format(timezone.localtime(moment), pgettext("date and time format", "j F Y, H:i")) if moment else ""
