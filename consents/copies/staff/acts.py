"""An officer's acts on the copy that answers a request."""

from typing import Any

from django.db.models import Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.copies.models import CollectionCode, Download, Package
from consents.copies.selectors import (
    describe_copy,
    get_available_package,
    get_working_code,
    is_overdue,
    select_waiting_files,
)
from consents.copies.services import codes, packages
from consents.core.clock import DatabaseNow
from consents.notifications.models import FailingAddress
from consents.people import selectors as people
from consents.people.models import Acting, StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WAITS, WaitingWork, select_own_customers
from consents.rights.models import RightsRequest
from consents.rights.rules import DeliveryWay, StepState
from consents.rights.selectors import get_delivery_way, has_copy, may_hand_out_code
from consents.rights.staff import checklist, queue, waiting
from consents.rights.staff.checklist import Item
from consents.rights.staff.officer_act import OfficerAct
from consents.rights.staff.queue import OPEN, States


def can_make_again(rights_request: RightsRequest) -> bool:
    """Tell whether an officer may have it prepared again; customers with an account do so themselves."""
    return (
        may_have_copy(rights_request)
        and get_available_package(rights_request) is None
        and (rights_request.packages.exists() or is_overdue(rights_request))
        and get_delivery_way(rights_request) != DeliveryWay.ACCOUNT
    )


def may_have_copy(rights_request: RightsRequest) -> bool:
    """Tell whether a copy answers this request and its customer is not erased."""
    return has_copy(rights_request) and rights_request.has_known_customer


def can_collect(rights_request: RightsRequest) -> bool:
    return may_have_copy(rights_request) and get_available_package(rights_request) is not None


def can_hand_out_code(rights_request: RightsRequest) -> bool:
    return can_collect(rights_request) and may_hand_out_code(rights_request)


def describe_handing_out(rights_request: RightsRequest) -> list[str]:
    lines = [
        _(
            "The code is shown once, as a letter. Post it to an address, or read it out at a number, that we had on "
            "file before they asked."
        ),
        _("Anyone who has it can read the copy. Give it to no one else, not even to a colleague."),
        _("The officer who confirmed the identity cannot do this. It is recorded, as is every use of the code."),
    ]
    if get_working_code(rights_request):
        lines.append(_("The earlier code stops working."))
    return lines


def build_letter(rights_request: RightsRequest, code: str) -> dict[str, Any]:
    """Build the letter, in the customer's language and with nothing about them but their request's number."""
    package = get_available_package(rights_request)
    assert rights_request.customer and package
    return {
        "number": rights_request.number,
        "code": code,
        "ends_at": package.ends_at,
        "language": people.get_customer_language(rights_request.customer),
    }


ACTS = [
    OfficerAct(
        "send_code",
        gettext_lazy("Email a new code"),
        gettext_lazy("Email a new code for the copy?"),
        gettext_lazy("The code is on its way."),
        lambda rights_request: can_collect(rights_request) and get_delivery_way(rights_request) == DeliveryWay.MAILED,
        codes.send_code,
        effects=lambda rights_request: [
            _("It goes to the email address on file. No one here sees it."),
            _("The earlier code stops working."),
        ],
    ),
    OfficerAct(
        "stop_code",
        gettext_lazy("End the code"),
        gettext_lazy("End the code for the copy?"),
        gettext_lazy("The code no longer works."),
        lambda rights_request: get_working_code(rights_request) is not None,
        codes.stop_code,
        effects=lambda rights_request: [_("Nothing can be downloaded with it from now on. You can make another one.")],
    ),
    OfficerAct(
        "make_again",
        gettext_lazy("Prepare the copy again"),
        gettext_lazy("Prepare the copy again?"),
        gettext_lazy("It is being prepared again, and will be available for two weeks."),
        can_make_again,
        packages.request_new_package_for_customer,
        effects=lambda rights_request: [
            _("An email with a new code goes to the address on file.")
            if get_delivery_way(rights_request) == DeliveryWay.MAILED
            else _("When it is ready, give out a code.")
        ],
    ),
]


def describe_delivery(rights_request: RightsRequest) -> Item:
    """Say whether the copy was collected, and what to do so that it can be."""
    if not has_copy(rights_request):
        return checklist.describe_delivery(rights_request)
    title = _("Sent")
    taken = Download.objects.filter(package__rights_request=rights_request).order_by("taken_at").first()
    if taken:
        return Item(title, StepState.DONE, describe_taking(taken), at=taken.taken_at)
    package = get_available_package(rights_request)
    if package:
        return Item(title, StepState.OPEN, describe_way_to_collect(rights_request), at=package.made_at)
    return Item(title, StepState.OPEN, describe_missing_copy(rights_request))


def describe_taking(taken: Download) -> str:
    """Say who took the copy: with a code, or signed in, as a holder of the account or for the customer."""
    if taken.code_id:
        return _("Downloaded with the code, without an account")
    holding = Acting.objects.filter(customer=taken.customer_id, user=taken.taken_by_id, capacity__in=Acting.HOLDING)
    return (
        _("Downloaded by the customer") if holding.exists() else _("Downloaded by somebody who acts for the customer")
    )


def describe_missing_copy(rights_request: RightsRequest) -> str:
    """Say why there is no copy to take now."""
    copy = describe_copy(rights_request=rights_request)
    if copy["was_emptied"]:
        return _("Removed, because some of this customer’s data was deleted since")
    if copy["was_made"]:
        return _("Nobody downloaded it in two weeks. It was removed.")
    if copy["is_overdue"]:
        return _("It could not be prepared. Tell whoever runs the portal.")
    return _("Being prepared")


def describe_way_to_collect(rights_request: RightsRequest) -> str:
    """Say what to do so that the customer gets it."""
    code, way = get_working_code(rights_request), get_delivery_way(rights_request)
    if code and not (code.way == DeliveryWay.MAILED and way == DeliveryWay.HANDED):  # the email did not arrive
        sentences = {
            DeliveryWay.MAILED: _(
                "A code was emailed to the address on file. They can download it with that, without an account."
            ),
            DeliveryWay.HANDED: _("A code was given out. They can download it with that, without an account."),
        }
        return sentences[DeliveryWay(code.way)]
    return {
        DeliveryWay.ACCOUNT: _("Ready for the customer to download"),
        DeliveryWay.MAILED: _("Email a new code: the last one no longer works."),
        DeliveryWay.HANDED: _(
            "Email does not reach them: an officer other than the one who confirmed the identity must give out a code."
        ),
    }[way]


# Copies that no one can collect yet: no account, and no code, or only one in an email that did not arrive.
FAILED = FailingAddress.objects.filter(address_hash=OuterRef("package__customer__address_hash"))
ARRIVED = CollectionCode.objects.filter(
    Q(way=DeliveryWay.HANDED) | ~Exists(FAILED), package=OuterRef("pk"), ended_at=None
)
UNTAKEN = Package.objects.filter(
    ~Exists(ARRIVED),
    ~Exists(Download.objects.filter(package=OuterRef("pk"))),
    removed_at=None,
    ends_at__gt=DatabaseNow(),
)
CODELESS: Any = Q(pk__in=UNTAKEN.values("rights_request")) & ~Exists(
    Acting.objects.filter(customer=OuterRef("customer"), ends_at=None)
)


class StateFilter(queue.StateFilter):
    """Offers the requests waiting for a code between the open ones and those that are over."""

    open_states: States = {name: state for name, state in queue.STATES.items() if name in queue.OPEN_STATES}
    codeless: States = {"codeless": (CODELESS, gettext_lazy("A code to give out"))}
    states = open_states | codeless | queue.STATES


def list_copy_work(member: StaffMember) -> list[WaitingWork]:
    """List requests with files whose left-out parts this officer may agree to, and copies that wait for a code."""
    if member.role not in OFFICERS:
        return []
    apart = RightsRequest.objects.exclude(customer__in=select_own_customers(member.pk))
    others = select_waiting_files().filter(rights_request=OuterRef("pk")).exclude(added_by=member.pk)
    left_out = apart.filter(OPEN).filter(Exists(others))
    labels = ngettext_lazy("copy with left-out parts to check", "copies with left-out parts to check", "number")
    code = ngettext_lazy("copy waiting for a code", "copies waiting for a code", "number")
    noun = gettext_lazy("Left-out parts to check")
    url = reverse("admin:rights_rightsrequest_changelist", query={"state": "codeless", WAITS: "codeless"})
    begun = left_out.annotate(begun_at=Min("added_files__added_at"))
    return [
        WaitingWork("left_out", begun, labels, noun=noun, since="begun_at", describe=str),
        WaitingWork("codeless", apart.filter(CODELESS), code, url=url),
    ]


def list_request_work(member: StaffMember) -> list[WaitingWork]:
    return [*waiting.list_rights_work(member), *list_copy_work(member)]


WaitsFilter = build_waits_filter(list_request_work)
