"""An officer's acts on the copy that answers a request."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.copies.selectors import get_available_package, get_working_code, is_overdue
from consents.copies.services import codes, packages
from consents.people import selectors as people
from consents.rights.models import RightsRequest
from consents.rights.rules.delivery import DeliveryWay
from consents.rights.selectors import get_delivery_way, has_copy, may_hand_out_code
from consents.rights.staff.officer_act import OfficerAct


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
