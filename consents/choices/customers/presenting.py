"""Words of the customer's pages about choices. Decides nothing."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.choices import rules, selectors
from consents.choices.models import Choice
from consents.choices.rules import BUTTON, EVENTS, OPT_OUT_PAGE, SIGNAL, ActContext, Lapse, Status
from consents.choices.selectors import Standing
from consents.choices.services import withdrawing
from consents.choices.signals import withdrawal_previewed, withdrawal_shown
from consents.core.admin import get_interface_version
from consents.core.durations import format_whole_day
from consents.core.signal_answers import collect_answers
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer
from consents.people.joint_words import JointAgreement
from consents.people.models import Customer
from consents.people.visitors import CustomerRequest, PortalRequest, record_actor


def group_standings(standings: list[Standing], waiting: Collection[int]) -> dict[str, list[Standing]]:
    """Group standings as the page shows them, each in exactly one group.

    `waiting`: the versions that a holder of a shared account has agreed to, and not yet all.
    """
    asked = [one for one in standings if one.is_asked and one.version.pk not in waiting]
    return {
        "waiting": [one for one in standings if one.is_asked and one.version.pk in waiting],
        "agreed": [one for one in asked if one.is_given],
        "lapsed": [one for one in asked if one.is_lapsed],
        "refused": [one for one in asked if one.is_no],
        "unanswered": [one for one in asked if one.is_open and not one.is_lapsed],
        "without_asking": [one for one in standings if not one.is_asked],
    }


def describe_standing(
    standing: Standing, *, is_paused: bool = False, is_objected: bool = False, has_nothing: bool = False
) -> dict[str, str]:
    """Say in a word how this purpose stands, with the code by which components/status.html chooses its look.

    `is_paused`, `is_objected`, `has_nothing` (after a partial erasure): what stops a use that would otherwise go on.
    """
    is_on = standing.is_given or not standing.is_asked
    if is_on and has_nothing and not is_objected:
        return {"code": "stopped", "word": _("Stopped: no data is left for this")}
    if is_on and (is_paused or is_objected):
        return {"code": "stopped", "word": _("Stopped: you objected") if is_objected else pgettext("consent", "Paused")}
    if not standing.is_asked:
        return {"code": "without_asking", "word": _("We do this")}
    if standing.is_given:
        return {"code": Status.GIVEN, "word": _("You agreed")}
    if standing.is_outdated:
        return {"code": "pending", "word": _("The text changed: please answer again")}
    by_status = {
        Status.EXPIRED: ("expired", _("Expired: please answer again")),
        Status.INVALIDATED: ("pending", _("Declared invalid: please answer again")),
        Status.WITHDRAWN: (Status.WITHDRAWN, _("You withdrew")),
        Status.REFUSED: (Status.REFUSED, _("You said no")),
        Status.DEFERRED: ("none", _("Not now: a no")),
    }
    code, word = by_status.get(standing.status, ("none", _("Not answered: a no")))
    return {"code": code, "word": word}


def describe_shared_choice(code: str, *, is_objected: bool) -> str:
    """Say what was chosen where several act or have acted, by whichever of them; "" where the word names nobody."""
    words: dict[str, str] = {
        Status.GIVEN: pgettext("consent", "Agreed"),
        Status.WITHDRAWN: pgettext("consent", "Withdrawn"),
        Status.REFUSED: pgettext("consent", "Refused"),
        "stopped": _("Stopped: an objection stands") if is_objected else "",
    }
    return words.get(code, "")


def find_choice_notice(standing: Standing, *, needs_guardian: bool) -> dict[str, str] | None:
    """Return the notice above the text of a purpose, for components/notice.html: why an answer is needed, or whose."""
    if needs_guardian and standing.can_agree:
        text = _(
            "You are not old enough to agree on your own. Show this page to a parent or guardian. They can call us and "
            "then agree for you. You can say no yourself at any time."
        )
        return {"title": _("You need a parent or guardian for this"), "text": text, "tone": "wait"}
    if standing.is_outdated:
        text = _("Your earlier consent no longer applies. Please read the new text and answer again.")
        return {"title": _("The text has changed"), "text": text}
    titles = {
        Status.EXPIRED: _("Your consent has expired"),
        Status.INVALIDATED: _("Your earlier consent was found to be invalid"),
    }
    if title := titles.get(standing.status):
        return {"title": title, "text": _("We have stopped. If you agree again, we’ll continue.")}
    return None


def describe_consent(standing: Standing) -> dict[str, str]:
    """Return title and sentence for consent in force: until when, and whether it can be renewed."""
    title = _("Consent to this is in force")
    if not standing.choice or not standing.choice.valid_until:
        return {"title": title, "text": _("It stays valid until you withdraw it.")}
    day = {"day": format_whole_day(timezone.localtime(standing.choice.valid_until))}
    if standing.can_renew:
        text = _("It ends automatically on %(day)s. If you agree again, it lasts longer.")
    else:
        text = _("It ends automatically on %(day)s.")
    return {"title": title, "text": text % day}


def list_stops(customer: UUID, standings: Iterable[Standing]) -> list[str]:
    """List what ends at once when these are withdrawn, in the words of the rooms above."""
    purposes = [standing.version.purpose for standing in standings]
    return [
        sentence
        for purpose in purposes
        for sentence in collect_answers(withdrawal_previewed, customer=customer, purpose=purpose)
    ]


def list_effects(choices: Iterable[Choice]) -> dict[str, list[Any]]:
    """List what these withdrawals ended, and what runs on, in the words of the rooms above."""
    effects: dict[str, list[Any]] = {"ended": [], "running": []}
    for choice in choices:
        withdrawal = {"customer": choice.customer_id, "purpose": choice.purpose, "since": choice.since}
        answers: list[tuple[Any, Any]] = withdrawal_shown.send(sender=Choice, **withdrawal)
        effects = {
            "ended": effects["ended"] + [ended for _room, shown in answers for ended in shown["ended"]],
            "running": [running for _room, shown in answers for running in shown["running"]],
        }
    return effects


def describe_saved_choice(standing: Standing, agreement: JointAgreement | None) -> dict[str, str]:
    """Return title and sentence for the choice after an act; `agreement`: of who shares the account."""
    name = {"name": standing.version.name}
    if agreement and agreement.is_waiting:
        text = _("%(name)s: it does not count yet. %(missing)s must agree too.")
        return {"title": _("You agreed"), "text": text % (name | {"missing": agreement.missing})}
    if standing.is_given:
        return {"title": _("You agreed"), "text": _("%(name)s: you agreed. You can withdraw at any time.") % name}
    if standing.status == Status.WITHDRAWN:
        return {"title": _("You withdrew consent"), "text": _("%(name)s: you withdrew, so we no longer do it.") % name}
    if standing.status == Status.DEFERRED:
        text = _("%(name)s: nothing was decided, so we do not do it. You can answer whenever you like.") % name
        return {"title": _("Not now"), "text": text}
    if standing.is_no:
        return {"title": _("You said no"), "text": _("%(name)s: you did not agree, so we do not do it.") % name}
    text = _("%(name)s: no consent is in force, so we do not do it.") % name
    return {"title": _("No consent stands"), "text": text, "has_ended": "yes"}


def build_choice_timeline(
    entries: Iterable[Entry], lapse: Lapse | None, others: Mapping[str, str], recorders: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Build lines for components/timeline.html, newest first, including a lapse that no job has recorded yet.

    `others`: names of everybody but the reader who acts for the customer, by user id; `recorders`: of the staff who
    put on record what the customer said elsewhere.
    """
    events: list[dict[str, Any]] = []
    for entry in reversed(list(entries)):
        recorder = recorders.get(str(entry.find_fact("recorded_by", UUID)), "")
        text = describe_choice_event(entry, others.get(entry.actor, ""), recorder)
        events.append({"at": entry.find_moment("ended_at") or entry.occurred_at, "text": text, "entry": entry})
    if lapse:
        unrecorded = Entry(event=EVENTS[lapse.status], details=json.dumps({"method": lapse.method}))
        events.insert(0, {"at": lapse.at, "text": describe_for_customer(unrecorded)})
    return events


def describe_choice_event(entry: Entry, other: str, recorder: str = "") -> str:
    """Describe one event in one or two sentences: what happened, by what means, until when.

    `other` names who did it, if not the reader; `recorder`, who put on record what the customer said elsewhere.
    """
    named = {"who": recorder} if recorder else {}
    parts = [describe_for_customer(entry, other, **named)]
    until, rests_until = entry.find_moment("valid_until"), entry.find_moment("rests_until")
    if until and entry.outcome in (Status.GIVEN, Status.RENEWED):
        parts.append(_("Until %(day)s at most.") % {"day": format_whole_day(timezone.localtime(until))})
    if rests_until:
        parts.append(
            _("We do not ask again before %(day)s.") % {"day": format_whole_day(timezone.localtime(rests_until))}
        )
    return " ".join(parts)


# The answer to a purpose: what was pressed, and what the page showed.

SECOND_STEP_WITHIN = 3600
SALT = "choices.first_step"


class DisplayedTextForm(forms.Form):
    """Carry the displayed text: its `version` and `language`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    language = forms.CharField(widget=forms.HiddenInput, max_length=10, required=False)

    @property
    def words(self) -> tuple[int | None, str]:
        """Return version and language as far as they can be read: a no is never refused for lack of them."""
        self.full_clean()
        return self.cleaned_data.get("version"), self.cleaned_data.get("language", "")


class ConsentForm(DisplayedTextForm):
    """Carry the answer. `since`: that of the choice to renew. `step`: proof of the first step."""

    since = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    step = forms.CharField(widget=forms.HiddenInput, max_length=300, required=False)
    answer = forms.ChoiceField(widget=forms.HiddenInput, choices=[("given", ""), ("refused", ""), ("later", "")])

    def __init__(self, data: Any = None, *, standing: Standing, step: str = "") -> None:
        self.standing = standing
        super().__init__(data, initial=get_displayed_values(standing) | {"step": step})

    @property
    def sent_along(self) -> dict[str, Any]:
        """Return the hidden values of either button as they are now, never stale ones."""
        return {name: value for name, value in self.initial.items() if value}

    @property
    def is_damaged(self) -> bool:
        """Tell whether the hidden values did not come back intact."""
        return bool(set(self.errors) - {"answer"})

    @property
    def is_of_text_in_force(self) -> bool:
        """Tell whether the person answered the text in force: no one confirms a text they have not read."""
        return bool(self.cleaned_data["version"] == self.standing.version.pk)

    @property
    def asks_second_step(self) -> bool:
        return self.cleaned_data["answer"] == "given" and self.standing.needs_second_step


def get_displayed_values(standing: Standing) -> dict[str, Any]:
    since = standing.choice.since.isoformat() if standing.choice and standing.can_renew else ""
    return {"version": standing.version.pk, "language": standing.version.notice.language, "since": since}


def sign_first_step(customer: UUID, version: int) -> str:
    """Sign that this customer pressed "I agree" on this version's page."""
    return signing.dumps([str(customer), version], salt=SALT)


def is_second_step(request: CustomerRequest, standing: Standing) -> bool:
    """Tell whether this customer took the first step for this version within the hour."""
    customer = request.visitor.customer.pk
    try:
        taken = signing.loads(request.POST.get("step", ""), salt=SALT, max_age=SECOND_STEP_WITHIN)
    except signing.BadSignature:
        return False
    return bool(taken == [str(customer), standing.version.pk])


# Opt-outs of sale and sharing made by a browser: the Global Privacy Control signal, or the cookie of /opt-out/.
#
# Both are valid opt-outs of the browser and, once its user is known, of the account (CCR 7025(c)(1)).

OPT_OUT_COOKIE = "__Host-opt-out" if settings.SECURE else "opt-out"
COOKIE_SECONDS = 400 * 24 * 3600  # as long as browsers keep a cookie
# The same value in every browser, so that it identifies no one.
# A signer reads the keys when it is made; this module is imported before `demo` has made any.
SIGNATURE_SALT = "choices.opt_out"
PAGES = [f"choices/{name}.html" for name in ("choice", "confirm", "text", "stops")]


class SignalMiddleware:
    """Set `request.gpc`, and opt the account out where the browser asks for it and nothing has yet.

    `request.opt_out`, for the line on every page: "" (the browser asks for nothing), "honored", or "agreed" where the
    customer has agreed to a sale all the same, in sight of the signal. Costs nothing without a signal, one query with.
    """

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        request.gpc = rules.has_opt_out_signal(request.headers.get("Sec-GPC", ""))
        request.opt_out = apply_opt_out(request) if has_opt_out_wish(request) else ""
        response = self.get_response(request)
        patch_vary_headers(response, ["Sec-GPC"])
        return response


def has_opt_out_wish(request: PortalRequest) -> bool:
    return request.gpc or has_opt_out_cookie(request)


def apply_opt_out(request: PortalRequest) -> str:
    customer = get_customer(request)
    if customer is None:
        return "honored"
    standing = selectors.get_sale_standing(customer.pk)
    if standing.gives_way:
        method = SIGNAL if request.gpc else OPT_OUT_PAGE
        how = replace(build_act_context(request, method=method), signal=True)
        withdrawing.opt_out_of_sale(customer=customer.pk, by=record_actor(request), how=how)
    return "agreed" if standing.is_agreed_despite_signal else "honored"


def get_customer(request: PortalRequest) -> Customer | None:
    """Return the customer a signed-in user acts for; None for strangers and staff."""
    if not request.user.is_authenticated or request.user.is_staff:
        return None
    visitor = request.visitor
    return visitor.customer if visitor else None


def build_act_context(request: PortalRequest, language: str = "", method: str = BUTTON) -> ActContext:
    """Build the context of an act made by this HTTP request."""
    return ActContext(
        method=method,
        language=language,
        capacity=request.visitor.acting.capacity if request.visitor else "",
        signal=method == BUTTON and has_opt_out_wish(request),
        page="choices-" + get_interface_version(*PAGES),
    )


def has_opt_out_cookie(request: HttpRequest) -> bool:
    try:
        return Signer(salt=SIGNATURE_SALT).unsign(request.COOKIES.get(OPT_OUT_COOKIE, "")) == "1"
    except BadSignature:
        return False


def remember_opt_out(response: HttpResponse) -> None:
    response.set_cookie(
        OPT_OUT_COOKIE,
        Signer(salt=SIGNATURE_SALT).sign("1"),
        max_age=COOKIE_SECONDS,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
