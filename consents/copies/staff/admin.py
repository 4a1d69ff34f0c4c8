"""The officer's page of a privacy request, with the acts on the copy that answers it."""

from collections.abc import Iterable
from uuid import uuid4

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.copies.services import codes
from consents.copies.staff import queue
from consents.copies.staff.acts import ACTS as COPY_ACTS
from consents.copies.staff.acts import build_letter, can_hand_out_code, describe_handing_out
from consents.copies.staff.checklist import describe_delivery
from consents.core.admin import RECORD
from consents.core.refusals import Refusal
from consents.people.visitors import StaffRequest, get_form_token, record_actor
from consents.rights.models import RightsRequest
from consents.rights.staff.acts import ACTS
from consents.rights.staff.admin import BULK_ACTIONS, RightsRequestAdmin, build_action, get_officer
from consents.rights.staff.checklist import Item

admin.site.unregister(RightsRequest)
REFUSING = next(place for place, act in enumerate(ACTS, 1) if act.name == "refuse")


@admin.register(RightsRequest)
class RequestWithCopyAdmin(RightsRequestAdmin):
    list_filter = (queue.StateFilter, *RightsRequestAdmin.list_filter[1:])
    acts = [*ACTS[:REFUSING], *COPY_ACTS, *ACTS[REFUSING:]]
    asked_first = (*(act.name for act in acts if act.asks), "hand_out_code")
    actions = (
        *BULK_ACTIONS,
        *(build_action(act) for act in acts),
        "hand_out_code",
        "read_words",
        "review_values",
        "decide_value",
    )

    def possible_actions(self, request: HttpRequest, obj: RightsRequest) -> Iterable[str]:
        """Offer to hand out a code after the acts, before what is only read."""
        names, acts = list(super().possible_actions(request, obj)), {act.name for act in self.acts}
        place = sum(name in acts for name in names)
        return [*names[:place], *(["hand_out_code"] if can_hand_out_code(obj) else []), *names[place:]]

    def describe_delivery(self, rights_request: RightsRequest) -> Item:
        return describe_delivery(rights_request)

    @admin.action(description=gettext_lazy("Give out a code"), permissions=["handle"], location=RECORD)
    def hand_out_code(self, request: StaffRequest, queryset: QuerySet[RightsRequest]) -> HttpResponseBase:
        """Ask for confirmation; then show the letter, only in the response to that form."""
        rights_request = queryset.get()
        if not self.is_confirmed(request):
            if not can_hand_out_code(rights_request):
                return self.refuse_stale_button(request)
            words = {"title": _("Give out a code for the copy?"), "button": _("Show the letter with the code")}
            return self.confirm(
                request, rights_request, action="hand_out_code", effects=describe_handing_out(rights_request), **words
            )
        officer, token = get_officer(request), get_form_token(request) or uuid4()
        try:
            code = codes.hand_out_code(
                rights_request=rights_request.pk, officer=officer, token=token, by=record_actor(request)
            )
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.get_record_url(request))
        return self.page(
            request,
            rights_request,
            "admin/copies/letter.html",
            title=_("Letter with the code"),
            letter=build_letter(rights_request, code),
        )
