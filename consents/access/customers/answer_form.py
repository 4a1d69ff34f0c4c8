"""The form of the customer's answer. The services decide what it does."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.text import get_text_list
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.access.customers import presenting
from consents.access.customers.presenting import list_categories
from consents.access.models import AccessRequest, Assent, Reason
from consents.access.rules import AllowedTerms, AnswerDecision, NothingInCommon, narrow_to_common
from consents.access.selectors import Sharing, build_allowance, count_waiting
from consents.access.services.answering import Reply, compute_allowed_terms
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion, Usage
from consents.choices import selectors as choices
from consents.choices.customers import presenting as choices_presenting
from consents.core import clock
from consents.core.admin import get_interface_version, get_role
from consents.core.durations import describe_duration, list_durations_up_to
from consents.core.fields import CheckboxesField, RadioField, SeenText
from consents.core.forms import get_choice_field
from consents.people.models import Acting
from consents.people.selectors import name_choice, name_holder
from consents.people.services.holding import OFFICERS
from consents.people.visitors import CustomerRequest


class AccessAnswerForm(forms.Form):
    """Hold the answer, with nothing preselected. `digest`: of the request as this page displays it.

    `sharing`: how the customer shares the account, whose other holders may have narrowed what can be allowed.
    """

    decision = RadioField()
    categories = CheckboxesField(required=False)
    duration = forms.ChoiceField(required=False)
    message = SeenText(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        access_request: AccessRequest,
        *args: Any,
        digest: str = "",
        sharing: Sharing | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.access_request, self.sharing = access_request, sharing
        self.asked = list_categories(access_request)
        self.label_fields()
        self.fields["digest"].initial = digest
        self.fields["token"].initial = uuid4()
        get_choice_field(self, "duration").choices = [
            ("", self.describe_no_length()),
            *((int(step.total_seconds()), describe_duration(step)) for step in self.list_lengths()),
        ]
        get_choice_field(self, "categories").choices = [(c.pk, self.title(c)) for c in self.asked]

    def label_fields(self) -> None:
        """Label the answers; a single category can only be allowed in part by a shorter time, if there is one."""
        choices = [
            (AnswerDecision.ALL.value, _("Allow everything listed")),
            (AnswerDecision.PART.value, _("Allow part of it")),
            (AnswerDecision.NONE.value, _("Do not allow")),
        ]
        if len(self.asked) == 1:
            choices[0] = (AnswerDecision.ALL.value, _("Allow"))
            choices[1] = (AnswerDecision.PART.value, _("Allow for a shorter time"))
            if not self.list_lengths():
                del choices[1]
        decision = get_choice_field(self, "decision")
        decision.choices = choices
        decision.error_messages["required"] = _("Choose what %(who)s can see, or choose Do not allow.") % {
            "who": self.access_request.asked_as
        }

    def list_lengths(self) -> list[timedelta]:
        """List the lengths to choose from: the asked one too, where less than all categories can be allowed."""
        lengths = list_durations_up_to(self.access_request.duration)
        return lengths[:-1] if len(self.asked) == 1 else lengths

    def describe_no_length(self) -> str:
        """Describe what counts while no length is chosen: of several categories the asked one, of one category none."""
        if len(self.asked) == 1:
            return _("Choose for how long")
        return _("As they asked: %(length)s") % {"length": describe_duration(self.access_request.duration)}

    def title(self, category: Any) -> str:
        return _("%(category)s (sensitive)") % {"category": category.title} if category.sensitive else category.title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == AnswerDecision.PART:
            self.clean_part(cleaned)
        if not self.errors and self.is_yes:
            self.check_holders_agree()
        return cleaned

    def clean_part(self, cleaned: dict[str, Any]) -> None:
        if len(self.asked) == 1:
            cleaned["categories"] = [str(self.asked[0].pk)]
        elif not cleaned.get("duration") and "duration" not in self.errors:
            cleaned["duration"] = str(int(self.access_request.duration.total_seconds()))
        if not cleaned.get("categories") and "categories" not in self.errors:
            self.add_error("categories", _("Choose at least one kind of data, or choose Do not allow."))
        if not cleaned.get("duration") and "duration" not in self.errors:
            self.add_error("duration", _("Choose for how long."))

    def check_holders_agree(self) -> None:
        """Show what the service would refuse beside what was chosen, so that none of it is lost."""
        try:
            self.compute_allowed()
        except NothingInCommon as refusal:
            is_part = self.cleaned_data["decision"] == AnswerDecision.PART
            self.add_error("categories" if is_part and len(self.asked) > 1 else "decision", str(refusal))

    @property
    def is_yes(self) -> bool:
        return bool(self.cleaned_data["decision"] != AnswerDecision.NONE)

    def reply(self, interface: str = "") -> Reply:
        """Return what was answered. `interface`: of the pages that asked, where they are not the customer's own."""
        cleaned = self.cleaned_data
        return Reply(
            decision=AnswerDecision(cleaned["decision"]),
            digest=cleaned["digest"],
            token=cleaned["token"],
            categories=frozenset(int(category) for category in cleaned["categories"]),
            duration=timedelta(seconds=int(cleaned["duration"] or 0)),
            message=cleaned["message"] if not self.is_yes else "",
            language=get_language() or "",
            interface=interface or get_interface_version("access/request.html", "access/check.html"),
        )

    def describe_allowed(self) -> tuple[list[str], list[str], timedelta]:
        """Describe (what they will see, what not, how long) as the check page says it."""
        allowed = self.compute_allowed()
        yes = [c.title for c in self.asked if c.pk in allowed.categories]
        no = [c.title for c in self.asked if c.pk not in allowed.categories]
        return yes, no, allowed.duration

    def compute_allowed(self) -> AllowedTerms:
        """Return what this yes allows, together with what other holders of the account do. Raises NothingInCommon."""
        allowed = compute_allowed_terms(self.access_request, self.reply())
        given = self.sharing.given if self.sharing else []
        return narrow_to_common(allowed, [build_allowance(assent, self.access_request) for assent in given])


def build_acting_list(request: CustomerRequest) -> dict[str, Any]:
    """Build the list of everybody this user acts for, with the number of requests that wait.

    The list is empty for somebody who acts only for themself. `is_next`: requests wait for this person alone.
    """
    visitor, actings = request.visitor, request.visitor.actings
    if [acting.is_holding for acting in actings] == [True]:
        return {"represented": [], "waiting_elsewhere": 0}
    waiting = count_waiting(request)
    lines = [
        {
            "acting": acting.pk,
            "name": name_choice(acting),
            "waiting": waiting[acting.customer_id],
            "is_current": acting.pk == visitor.acting.pk,
        }
        for acting in actings
    ]
    others = [line for line in lines if line["waiting"] and not line["is_current"]]
    waited_for = [line for line in lines if line["waiting"]]
    for line in lines:
        line["is_next"] = waited_for == [line] and not line["is_current"]
    return {
        "represented": lines,
        "waiting_elsewhere": sum(line["waiting"] for line in others),
        "waiting_name": others[0]["name"] if len(others) == 1 else "",
    }


def build_sharing_context(access_request: AccessRequest, sharing: Sharing | None) -> dict[str, Any]:
    """Build what the request page says of the other holders; empty for who holds the account alone."""
    if sharing is None:
        return {}
    names = {other.user_id: name_holder(other) for other in sharing.others}
    return {
        "needs_all": sharing.needs_all,
        "others": join_names(sharing.others),
        "missing": join_names(sharing.missing),
        "own": describe_assent(access_request, sharing.own) if sharing.own else None,
        "given": [
            describe_assent(access_request, assent) | {"who": names[assent.given_by_id]} for assent in sharing.given
        ],
    }


def is_asked_again(access_request: AccessRequest, sharing: Sharing | None, reader: UUID) -> bool:
    """Tell whether the reader's earlier yes waits for nobody any more, since whoever was missing has left."""
    waits = sharing is not None and sharing.own is not None
    return not waits and any(assent.given_by_id == reader for assent in access_request.assents.all())


def describe_assent(access_request: AccessRequest, assent: Assent) -> dict[str, Any]:
    allowed = [category.title for category in list_categories(access_request) if category.code in assent.categories]
    return {"what": ", ".join(allowed), "length": describe_duration(assent.duration), "at": assent.given_at}


def join_names(holders: Iterable[Acting]) -> str:
    return get_text_list([name_holder(holder) for holder in holders], _("and"))


# The customers' own pages with a version on them, for the officers who write and publish it.
#
# Lives here, above catalogue and choices, because some purposes are read on a request and others among the choices.

NOBODY = UUID(int=0)


@require_http_methods(["GET", "HEAD", "POST"])
def preview_version(request: CustomerRequest, id: int, language: str, as_request: bool = False) -> HttpResponse:
    """Show one page in one language. Its buttons work, but save nothing."""
    versions = catalogue.select_with_words().prefetch_related("categories__fields")
    version = versions.filter(pk=id, lost=False).first()
    if version is None or language not in dict(settings.LANGUAGES) or get_role(request) not in OFFICERS:
        raise Http404
    as_request = as_request or version.purpose.usage == Usage.PER_REQUEST
    # Before the language changes: the officer's own words, in the officer's language.
    bar = render_to_string("access/preview_bar.html", build_bar_context(version, language, as_request))
    saved = _("This is a preview: nothing was saved.")
    with override(language):
        page = build_request_page(request, version) if as_request else build_choice_context(version)
        if request.method == "POST":
            messages.info(request, saved)
        response = render(request, "access/preview.html", page | {"bar": bar})
    response["Content-Language"] = language
    return response


def build_bar_context(version: PurposeVersion, language: str, as_request: bool) -> dict[str, Any]:
    """Build the bar above the page: which version, in which languages and on which pages it is read."""
    return {
        "version": version,
        "language": language,
        "languages": settings.LANGUAGES,
        "as_request": as_request,
        "has_both": version.purpose.usage == Usage.BOTH,
        "is_missing": language not in {notice.language for notice in version.notices.all()},
    }


def build_choice_context(version: PurposeVersion) -> dict[str, Any]:
    """Show a purpose that asks for consent on its own page, any other on the list of choices."""
    standing = choices.build_unanswered_standing(version)
    if standing.is_asked:
        return {"page": "choices/choice.html", "standing": standing, "act": "give"}
    state = choices_presenting.describe_standing(standing)
    return {"page": "choices/list.html", "without_asking": [(standing, state)]}


def build_request_page(request: CustomerRequest, version: PurposeVersion) -> dict[str, Any]:
    """Build a request by the reading officer that is never saved."""
    now = clock.now()
    access_request = presenting.build_draft(
        version,
        request.user.staff_member,
        now,
        version.categories.all(),
        customer_id=NOBODY,
        reason=Reason.YOU_CONTACTED_US,
        sentence=_("Here the requester says why, in one sentence."),
        duration=version.purpose.access_default,
        answer_by=now + version.purpose.answer_within,
    )
    return {
        "page": "access/request.html",
        "asked": presenting.build_request_context(access_request, now),
        "form": AccessAnswerForm(access_request, digest=""),
    }
