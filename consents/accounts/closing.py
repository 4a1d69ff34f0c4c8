"""Close the account of a customer: into erasure, by the one road there is.

The right to erasure is asked for, and what needs nobody's leave happens at once: access, consents and sessions end.
Officers then erase as for everybody who asks. Only the person themself closes: a guardian's or an agent's right is to
have data deleted, which they ask for under the customer's rights; it is not to shut the customer out of their own
access (GDPR Art 17 and 11 CCR 7063 give deletion, and nothing more, to who acts for another).
"""

from dataclasses import dataclass
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.rules.blocks import BlockKind
from consents.access.services.blocking import place_block
from consents.accounts.devices import end_sessions
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis
from consents.choices.rules import ActContext
from consents.choices.services.withdrawing import withdraw_all_consents
from consents.core import clock
from consents.core.refusals import NotPermitted, Refusal
from consents.law.clocks import KEPT_MONTHS
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason, cite_provision
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import selectors as people
from consents.people.models import Acting, Customer, User
from consents.people.services.erasing import close_accounts as empty_accounts
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Channel, State
from consents.rights.rules.inputs import NewRequest
from consents.rights.services.filing import file_rights_request, find_law

CLOSING = "closing of the account"  # how consents were withdrawn, in the entry of each


class LeadsToRecord(Refusal):
    sentence = gettext_lazy("This sign-in leads to a record. Close it from there.")


class OnlyTheirOwn(NotPermitted):
    sentence = gettext_lazy("Only the person themself can close their account. You can ask to have their data deleted.")


class SharedAccount(Refusal):
    sentence = gettext_lazy(
        "You share this account, so nobody closes it alone. You can leave it under “Who can act”, or ask to have the "
        "data deleted."
    )


@dataclass(frozen=True)
class Remainder:
    """Say in words what stays after an erasure, by which law, and until when."""

    what: str
    law: str
    until: str


@transaction.atomic
def close_account(*, user: User, acting: Acting, language: str, by: Actor) -> RightsRequest:
    """Ask for the erasure of everything, and end all access, every consent and every session at once.

    Until officers have erased, the person can sign in again, follow the request and take it back. Repeating it returns
    the request that waits. Raises OnlyTheirOwn, SharedAccount, Unknown, AlreadyErased, NotYourLaw.
    """
    if not acting.is_holding or acting.user_id != user.pk:
        raise OnlyTheirOwn
    customer = acting.customer_id
    if len(people.list_holders(customer)) > 1:
        raise SharedAccount
    withdraw_all_consents(customer=customer, by=by, how=ActContext(method=CLOSING, language=language))
    place_block(customer=customer, kind=BlockKind.EVERYBODY, by=by)
    rights_request = find_open_closing(customer)
    if rights_request is None:
        rights_request = file_rights_request(new_request=build_erasure_request(acting, language), by=by)
    end_sessions(UserSession.objects.filter(user=user))
    return rights_request


@transaction.atomic
def close_unlinked_account(*, user: User, by: Actor) -> None:
    """Close a sign-in that leads to no record, for good; its address is free again, and is told.

    Repeating it changes nothing. Raises LeadsToRecord.
    """
    locked = people.lock_open_accounts([user.pk])
    if not locked:
        return
    if user.is_staff or Acting.objects.filter(user=user, ends_at=None).exists():
        raise LeadsToRecord
    get_adapter().send_mail("account/email/account_left", user.email, {})
    details = {"accounts": [str(user.pk)]}
    appending.append_entry(event="account.left", by=by, object_type="user", object=user.pk, details=details)
    empty_accounts(locked, clock.now())


def build_erasure_request(acting: Acting, language: str) -> NewRequest:
    return NewRequest(
        type=get_erasure_right(find_law(acting.customer, "")[1]),
        channel=Channel.PORTAL,
        customer=acting.customer_id,
        said={"words": _("I am closing my account. Delete all of my data.")},
        is_fresh=True,
        language=language,
    )


def get_erasure_right(regime: Regime) -> Type:
    """Return the right to erasure as the law of the person calls it."""
    return next(type for type in list_types("is_erasure") if type in KINDS[regime])


def find_open_closing(customer: UUID) -> RightsRequest | None:
    """Find a request to erase everything that is not answered yet."""
    still_open = RightsRequest.objects.exclude(state=State.ANSWERED)
    return still_open.filter(customer=customer, request_type__in=list_types("is_erasure"), scope=[]).first()


def list_remainders(customer: Customer) -> list[Remainder]:
    """List what an erasure leaves, for the page that asks for it."""
    regime = find_law(customer, "")[1]
    law = cite_provision(regime, get_erasure_right(regime), Reason.LEGAL)
    return [
        *list_holds(customer, law),
        *list_duties(law),
        Remainder(
            _("That you asked for this, and what we did"),
            "11 CCR 7101(a)" if regime == Regime.CCPA else prefix_law(regime, "GDPR Art 5(2)"),
            _("%(n)d months after our answer") % {"n": KEPT_MONTHS},
        ),
        Remainder(
            _("Who asked, who looked, what you decided: under a random number that leads to no one, without your data"),
            law if regime == Regime.CCPA else prefix_law(regime, "GDPR Art 5(2), 7(1)"),
            _("No end: it is the proof that we kept to your decisions"),
        ),
    ]


def prefix_law(regime: Regime, law: str) -> str:
    return f"UK {law}" if regime == Regime.UK_GDPR else law


def list_holds(customer: Customer, law: str) -> list[Remainder]:
    """List the holds in force: while one stands, nothing is erased."""
    return [
        Remainder(
            _("Everything, for now: %(reason)s") % {"reason": hold.get_reason_display()},
            law,
            _("We look at it again on %(day)s") % {"day": date_format(hold.review_on)},
        )
        for hold in people.select_legal_holds(customer.pk)
    ]


def list_duties(law: str) -> list[Remainder]:
    """List the uses that a law demands of us; an officer keeps of a record what such a law names, and no more."""
    duties = catalogue.select_in_force().filter(legal_basis=LegalBasis.LEGAL_OBLIGATION)
    return [
        Remainder(
            _("If we hold it: %(categories)s (%(purpose)s)")
            % {
                "categories": ", ".join(str(category) for category in version.categories.all()),
                "purpose": version.name,
            },
            law,
            version.notice.retention or _("As long as that law says"),
        )
        for version in duties.prefetch_related("categories", "notices")
    ]
