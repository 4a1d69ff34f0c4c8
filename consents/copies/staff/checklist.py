"""Describe on the officer's checklist how the copy reaches its customer. Decides nothing."""

from django.utils.translation import gettext as _

from consents.copies.models import Download
from consents.copies.selectors import describe_copy, get_available_package, get_working_code
from consents.people.models import Acting
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import StepState
from consents.rights.rules.delivery import DeliveryWay
from consents.rights.selectors import get_delivery_way, has_copy
from consents.rights.staff import checklist
from consents.rights.staff.checklist import Item


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
