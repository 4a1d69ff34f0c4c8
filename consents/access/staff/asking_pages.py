"""The pages on which staff ask: find the customer, fill in the form, see the customer's card, file."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.forms.boundfield import BoundWidget
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.customers import presenting
from consents.access.models import AccessRequest, Reason
from consents.access.rules import (
    MAX_ANSWER_TIME,
    MAX_SENTENCE_LENGTH,
    MIN_ACCESS_TIME,
    AlreadyAsked,
    RequestState,
    SentenceNotInForce,
)
from consents.access.selectors import list_offered_sentences
from consents.access.services import asking, proposing
from consents.access.services.asking import NewRequest, SecondReasonMissing
from consents.access.staff.proposal_admin import get_working_manager
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, PurposeVersion
from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.durations import describe_duration, list_durations_up_to
from consents.core.fields import CheckboxesField, SeenText
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal
from consents.people.found_customers import (
    CustomerLookUpForm,
    NoSingleCustomer,
    look_up_typed_customer,
    sign_found_customer,
    verify_found_customer,
)
from consents.people.models import User
from consents.people.visitors import StaffRequest, record_actor, run_once
from consents.training import selectors as training

# The form to ask for access. The services decide what may be asked.

ANSWER_TIMES = [timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=7)]
ANSWER_TIMES += [timedelta(days=14), MAX_ANSWER_TIME]


class AccessRequestForm(forms.Form):
    """Ask for access, with nothing preselected. Kinds of data and times follow the purpose."""

    found = forms.CharField(widget=forms.HiddenInput, max_length=400)
    token = forms.UUIDField(widget=forms.HiddenInput)
    purpose = forms.ChoiceField(
        label=gettext_lazy("What for"),
        error_messages={
            "required": gettext_lazy("Choose what the data is for."),
            "invalid_choice": gettext_lazy("This can no longer be asked for, or not by your team. Choose again."),
        },
    )
    categories = CheckboxesField(
        label=gettext_lazy("Which data"),
        help_text=gettext_lazy("Least sensitive first. Choose only what you need: less is allowed more often."),
        error_messages={"required": gettext_lazy("Choose at least one kind of data.")},
    )
    sensitive_reason = SeenText(
        label=gettext_lazy("Why you need sensitive data"),
        required=False,
        max_length=MAX_SENTENCE_LENGTH,
        help_text=gettext_lazy("Only when you chose sensitive data. The customer will read this."),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Why now"),
        choices=[("", gettext_lazy("Choose")), *Reason.choices],
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )
    sentence = SeenText(
        label=gettext_lazy("In one plain sentence"),
        max_length=MAX_SENTENCE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer will read this. At most 200 letters; write as you would speak."),
        error_messages={"required": gettext_lazy("Say in one sentence why you need this.")},
    )
    case_number = SeenText(
        label=gettext_lazy("Case number"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("The customer will read this too."),
    )
    duration = forms.ChoiceField(
        label=gettext_lazy("Access for"), help_text=gettext_lazy("Starts when the customer allows it.")
    )
    answer_within = forms.ChoiceField(label=gettext_lazy("The customer answers within"))

    def __init__(self, member: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        askable, team = catalogue.select_askable().prefetch_related("categories"), member.staff_member.team
        self.versions = [version for version in askable if version.purpose.is_for_team(team)]
        self.fields["token"].initial = uuid4()
        named = ((version.pk, version.name) for version in self.versions)
        get_choice_field(self, "purpose").choices = [("", gettext_lazy("Choose")), *named]
        self.version = self.find_chosen_version()
        self.offer_scope()

    def find_chosen_version(self) -> PurposeVersion | None:
        chosen = str(self["purpose"].value() or "")
        return next((version for version in self.versions if str(version.pk) == chosen), None)

    @property
    def needs_agreement(self) -> bool:
        """Tell whether the requester's manager must agree before the customer is asked."""
        return self.version is not None and self.version.needs_agreement

    @property
    def offers_sensitive(self) -> bool:
        return any(category.sensitive for category in self.offered)

    def offer_scope(self) -> None:
        """Offer the kinds of data and times of the chosen purpose; none before one is chosen."""
        version = self.version
        self.offered: list[Category] = []
        if version is None:
            # They are not on the page, so nothing is said of them either: the purpose is asked for first.
            for name in ("categories", "duration", "answer_within"):
                self.fields[name].required = False
            return
        self.offered = [category for category in version.categories.all() if category.published]
        get_choice_field(self, "categories").choices = [(category.pk, category.title) for category in self.offered]
        purpose = version.purpose
        self.offer_times(
            "duration", {*list_durations_up_to(purpose.access_most), purpose.access_default}, purpose.access_default
        )
        self.offer_times("answer_within", {*ANSWER_TIMES, purpose.answer_within}, purpose.answer_within)

    def offer_times(self, name: str, times: set[timedelta], first: timedelta) -> None:
        times = {time for time in times if time >= MIN_ACCESS_TIME}
        offered = {int(time.total_seconds()): describe_duration(time) for time in sorted(times)}
        get_choice_field(self, name).choices = list(offered.items())
        if str(self.initial.get(name, "")) not in {str(seconds) for seconds in offered}:
            self.initial[name] = int(first.total_seconds())

    def list_ticks(self) -> list[tuple[Category, BoundWidget]]:
        return list(zip(self.offered, self["categories"], strict=True))

    def clean_found(self) -> UUID:
        customer = verify_found_customer(self.cleaned_data["found"], self.member)
        if customer is None:
            raise forms.ValidationError(gettext_lazy("Find the customer again: this form was opened by someone else."))
        return customer

    def clean_sentence(self) -> str:
        return " ".join(self.cleaned_data["sentence"].split())

    def read_draft(self) -> dict[str, Any]:
        """Return the valid part of what is filled in so far, for the card beside the form."""
        self.is_valid()
        return getattr(self, "cleaned_data", {})

    def build_new_request(self) -> NewRequest:
        cleaned = self.cleaned_data
        return NewRequest(
            customer=cleaned["found"],
            version=int(cleaned["purpose"]),
            categories=frozenset(int(category) for category in cleaned["categories"]),
            reason=Reason(cleaned["reason"]),
            sentence=cleaned["sentence"],
            sensitive_reason=cleaned["sensitive_reason"],
            case_number=cleaned["case_number"],
            duration=timedelta(seconds=int(cleaned["duration"])),
            answer_within=timedelta(seconds=int(cleaned["answer_within"])),
            token=cleaned["token"],
        )


def ask_for_access(request: StaffRequest) -> HttpResponseBase:
    """GET: whom to ask. POST: find (first form), fill a ready-made sentence in, preview (whatever is filled in so far)
    or file."""
    if request.method != "POST":
        return render_find_page(request, CustomerLookUpForm())
    if "who" in request.POST:
        return find_customer(request)
    if "file" in request.POST and REOPENED not in request.POST:
        return file_request(request)
    if "sentence_template" in request.POST:
        return fill_sentence(request, request.POST["sentence_template"])
    return render_ask_page(request, build_unfinished_form(request))


def find_customer(request: StaffRequest) -> HttpResponse:
    form = CustomerLookUpForm(request.POST)
    if not form.is_valid():
        return render_find_page(request, form, status=422)
    try:
        customer = look_up_typed_customer(form.cleaned_data["who"], record_actor(request))
    except Refusal as refusal:
        form.add_error("who" if isinstance(refusal, NoSingleCustomer) else None, str(refusal))
        return render_find_page(request, form, status=refusal.status)
    try:
        asking.check_not_blocked(customer=customer.pk, member=request.user.staff_member)
    except Refusal as refusal:
        form.add_error(None, f"{_('Customer found.')} {refusal}")
        return render_find_page(request, form, status=refusal.status)
    signed = sign_found_customer(customer.pk, request.user)
    return render_ask_page(request, AccessRequestForm(request.user, initial={"found": signed}))


def build_unfinished_form(request: StaffRequest) -> AccessRequestForm:
    """Build the form as it was sent, without validating: someone is still filling it in."""
    return AccessRequestForm(request.user, initial=get_initial_data(request.POST))


def get_initial_data(post: QueryDict) -> dict[str, Any]:
    sent = {name: post[name] for name in AccessRequestForm.base_fields if post.get(name)}
    return sent | {"categories": post.getlist("categories")}


def fill_sentence(request: StaffRequest, chosen: str) -> HttpResponseBase:
    """Put a ready-made sentence into the field, in the language pressed; everything else stays as it was typed."""
    code, _colon, language = chosen.partition(":")
    offered = {template.code: template for template in list_offered_sentences(request.POST.get("reason", ""))}
    text = offered[code].texts.get(language, "") if code in offered else ""
    if not text:
        messages.error(request, str(SentenceNotInForce.sentence))
        return render_ask_page(request, build_unfinished_form(request), status=422)
    values = get_initial_data(request.POST) | {"sentence": text}
    return render_ask_page(request, AccessRequestForm(request.user, initial=values))


def describe_offered_sentences(reason: str) -> list[dict[str, Any]]:
    """Describe each sentence with one button for each language: which one the customer reads, staff are not told."""
    return [
        {
            "text": template.text,
            "presses": [
                {"value": f"{template.code}:{code}", "language": code, "label": name, "text": template.texts[code]}
                for code, name in settings.LANGUAGES
                if code in template.texts
            ],
        }
        for template in list_offered_sentences(reason)
    ]


def preview_request(request: StaffRequest) -> HttpResponse:
    """Render the customer's card and, when the purpose changed, the kinds of data and times as well."""
    part = "scope" if "purpose" in request.GET else "changed"
    return render(
        request,
        f"admin/access/accessrequest/ask.html#{part}",
        build_page_context(request, build_unfinished_form(request)),
    )


def file_request(request: StaffRequest) -> HttpResponseBase:
    form = AccessRequestForm(request.user, request.POST)
    if not form.is_valid():
        return render_ask_page(request, form, status=422)
    member, is_proposal = request.user.staff_member, form.needs_agreement
    send = proposing.propose_access_request if is_proposal else asking.file_access_request
    try:
        filed = run_once(request, lambda by: send(ask=form.build_new_request(), member=member, by=by))
    except SecondReasonMissing as refusal:
        form.add_error("sensitive_reason", str(refusal))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    else:
        return show_filed_request(request, filed, is_proposal=is_proposal)
    return render_ask_page(request, form, status=422)


def show_filed_request(request: StaffRequest, filed: str, *, is_proposal: bool) -> HttpResponseBase:
    to_manager = _("Sent to your manager. The customer learns of it once your manager has agreed.")
    to_customer = _(
        "Filed. The customer finds it on their page and, where an address is on file, in an email. "
        "We will tell you the answer."
    )
    messages.success(request, to_manager if is_proposal else to_customer)
    return redirect(f"admin:access_{'proposedrequest' if is_proposal else 'accessrequest'}_change", filed)


def render_find_page(request: StaffRequest, form: CustomerLookUpForm, status: int = 200) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": _("Ask for access"),
        "form": form,
        "missing": training.list_missing_training(request.user.pk, clock.now()),
    }
    return render(request, "admin/access/accessrequest/find.html", context, status=status)


def render_ask_page(request: StaffRequest, form: AccessRequestForm, status: int = 200) -> HttpResponse:
    """Render the form, or the search when this member of staff has not found a customer yet."""
    if verify_found_customer(str(form["found"].value() or ""), request.user) is None:
        messages.error(request, _("Find the customer first."))
        return render_find_page(request, CustomerLookUpForm(), status=422)
    return render(request, "admin/access/accessrequest/ask.html", build_page_context(request, form), status=status)


def build_page_context(request: StaffRequest, form: AccessRequestForm) -> dict[str, Any]:
    customer = verify_found_customer(str(form["found"].value() or ""), request.user)
    filled_in = form if form.is_bound else AccessRequestForm(request.user, get_form_values(form))
    values = filled_in.read_draft()
    draft = build_draft_request(request, form, values)
    return admin.site.each_context(request) | {
        "title": _("Ask for access"),
        "form": form,
        "customer": str(customer)[:8] if customer else "",
        "asked": presenting.build_request_context(draft, draft.filed_at) if draft else None,
        "missing": training.list_missing_training(request.user.pk, clock.now()),
        "hints": suggest_plain_words(values.get("sentence", "")),
        "sentences": describe_offered_sentences(str(form["reason"].value() or "")),
        "manager": get_working_manager(request.user.staff_member) if form.needs_agreement else None,
    }


def get_form_values(form: AccessRequestForm) -> QueryDict:
    """Return what the form would send as it stands, defaults included."""
    values = QueryDict(mutable=True)
    for field in form:
        value = field.value()
        values.setlist(field.html_name, [str(part) for part in (value if isinstance(value, list) else [value or ""])])
    return values


def build_draft_request(request: StaffRequest, form: AccessRequestForm, values: dict[str, Any]) -> AccessRequest | None:
    """Build an unsaved request from what is filled in so far, or None before a purpose is chosen."""
    version = form.version
    if version is None or not values.get("found"):
        return None
    now, chosen = clock.now(), {int(category) for category in values.get("categories", [])}
    return presenting.build_draft(
        version,
        request.user.staff_member,
        now,
        [category for category in form.offered if category.pk in chosen],
        customer_id=values["found"],
        reason=values.get("reason", ""),
        sentence=values.get("sentence", ""),
        sensitive_reason=values.get("sensitive_reason", ""),
        case_number=values.get("case_number", ""),
        duration=timedelta(seconds=int(values.get("duration") or version.purpose.access_default.total_seconds())),
        answer_by=now + timedelta(seconds=int(values.get("answer_within") or 0)),
    )


def may_ask_again(access_request: Any) -> bool:
    """Tell whether something of it was not allowed, or what was allowed is over. Expects `annotate_current_state`."""
    if access_request.state_now == RequestState.PENDING or access_request.customer.erased_at:
        return False
    return access_request.state_now != RequestState.APPROVED or access_request.running_until is None


def build_again_links(access_request: AccessRequest) -> list[dict[str, str]]:
    if not may_ask_again(access_request):
        return []
    url = reverse("admin:access_accessrequest_again", args=[access_request.pk])
    return [{"url": url, "label": _("Ask again with changes")}]


def ask_again(request: StaffRequest, access_request: Any) -> HttpResponseBase:
    """Nothing is filed yet, and filing checks everything once more."""
    try:
        if access_request.state_now == RequestState.PENDING:
            raise AlreadyAsked
        asking.check_not_blocked(customer=access_request.customer_id, member=request.user.staff_member)
        version = catalogue.select_askable().filter(purpose=access_request.purpose).first()
        if version is None:
            raise asking.PurposeNotAskable
        asking.check_is_for_team(version.purpose, request.user.staff_member)
        waits = asking.list_category_waits(access_request, version, clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:access_accessrequest_change", access_request.pk)
    for sentence in describe_waits(access_request, waits):
        messages.warning(request, sentence)
    form = AccessRequestForm(request.user, initial=build_again_values(request, access_request, version, waits))
    return render_ask_page(request, form)


def build_again_values(
    request: StaffRequest, access_request: AccessRequest, version: PurposeVersion, waits: dict[int, str]
) -> dict[str, Any]:
    requested = [requested.category_id for requested in access_request.requested.all()]
    return {
        "found": sign_found_customer(access_request.customer_id, request.user),
        "purpose": str(version.pk),
        "categories": [str(category) for category in requested if category not in waits],
        "sensitive_reason": access_request.sensitive_reason,
        "reason": access_request.reason,
        "sentence": access_request.sentence,
        "case_number": access_request.case_number,
        "duration": int(access_request.duration.total_seconds()),
    }


def describe_waits(access_request: AccessRequest, waits: dict[int, str]) -> list[str]:
    """Name what is not chosen, and why."""
    return [
        f"{requested.category.title}: {waits[requested.category_id]}"
        for requested in access_request.requested.all()
        if requested.category_id in waits
    ]


MAX_WORDS = 20
MAX_LETTERS = 160
# Office jargon. Compared in lower case.
JARGON_WORDS = """
account-holder aforementioned asap backlog chargeback crm dsar escalate escalated escalation facilitate herein
hereby leverage onboarding outreach pursuant query reconcile reconciliation remediate remediation
retention sla stakeholder stakeholders subject synergy touchpoint triage upsell utilise utilize workflow
"""
JARGON = frozenset(JARGON_WORDS.split())
ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")


def suggest_plain_words(sentence: str) -> list[str]:
    """Return hints that would make the sentence easier to read; none when it reads well."""
    words = re.findall(r"[^\W\d_][\w'’-]*", sentence)
    odd = [word for word in words if word.lower() in JARGON] + ABBREVIATION.findall(sentence)
    hints = []
    if len(words) > MAX_WORDS or len(sentence) > MAX_LETTERS:
        hints.append(_("This is long. Sentences under 20 words are read to the end."))
    if odd:
        hints.append(_("Say it in everyday words: %(words)s.") % {"words": ", ".join(dict.fromkeys(odd))})
    return hints
