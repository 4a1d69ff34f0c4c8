"""Identify the visitor of an HTTP request: the user, the customer they act for, and the actor of an act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID, uuid5

from allauth.core import ratelimit
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from consents.core.bearer_tokens import take_slot
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people import known_browsers, rules, selectors
from consents.people.known_browsers import (
    find_sender,
    is_known_to,
    is_press_of_customer,
    is_sent_by_script,
    list_known_users,
    read_form,
    store_unsent_form,
)
from consents.people.models import Acting, Customer, Evidence, User
from consents.people.services import claiming

# NIST SP 800-63B-4 AAL2/AAL3 in our tighter form: idle and longest life of a session, seconds.
CUSTOMER_IDLE, CUSTOMER_LIFETIME = 30 * 60, 12 * 3600
STAFF_IDLE, STAFF_LIFETIME = 15 * 60, 8 * 3600
TOUCH_EVERY = 60
EMAILS_PER_HOUR = 6  # for each address; as many again from a browser its owner has signed in with
ACTING_SESSION_KEY = "acting"  # in the session: for whom the user chose to act
# What a locked account still opens: proving who one is, and what everybody may read.
OPEN_WHEN_LOCKED = {
    "people:locked",
    "people:language",
    "demo:mails",
    "demo:mail",
    "account_logout",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "reauthenticate_by_code",
    "help",
    "privacy",
    "accessibility",
    "brand_style",
    "logo",
    "healthz",
    "readyz",
}
# What a form carries beside what it says.
TOKENS = {"token", "csrfmiddlewaretoken", "shown_for"}
# What is about the signed-in person themselves, whomever they act for.
ABOUT_USER = {"people:claim", "people:lock", "people:locked", "usersessions_list"}


@dataclass(frozen=True)
class Visitor:
    user: User
    customer: Customer
    acting: Acting
    actings: tuple[Acting, ...]  # everybody the user may act for
    about: str  # the customer's name in sentences to a representative; empty for oneself

    @property
    def may_choose(self) -> bool:
        """Return True if the user may choose for whom to act."""
        return len(self.actings) > 1


class PortalRequest(HttpRequest):
    """A request as the portal's middleware leaves it.

    `gpc`: the browser sends Global Privacy Control. `opt_out`: "honored" or "agreed", for the line about it on every
    page; "" for none. `refusal`: why nothing was saved, above a page that is shown again; only a view sets it.
    `signed_out`: set by the request that signs out.
    """

    htmx: HtmxDetails
    visitor: Visitor | None
    gpc: bool
    opt_out: str
    refusal: str
    signed_out: bool


class CustomerRequest(PortalRequest):
    """A request that `customer_required` has let through."""

    user: User
    visitor: Visitor


class StaffRequest(PortalRequest):
    """A request that the admin has let through."""

    user: User


class VisitorMiddleware:
    """Ends sessions that were idle or open for too long, and sets `request.visitor` (None without a customer)."""

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        if (
            request.session.session_key
            and request.user.is_authenticated
            and is_over(request.session, is_staff=request.user.is_staff)
        ):
            # What a page's script sends ends nothing: the form on that page is still to be kept for its user.
            return HttpResponse(status=401) if is_sent_by_script(request) else end_session(request)
        if is_sent_after_end(request):
            return end_session(request)
        if request.user.is_authenticated and not request.user.is_staff:
            request.visitor = get_visitor(request)
        else:  # who signs in here becomes a visitor; staff are asked for on few pages
            request.visitor = cast("Visitor | None", SimpleLazyObject(lambda: get_visitor(request)))
        return self.get_response(request)

    def process_view(self, request: PortalRequest, view: Any, *_: Any) -> HttpResponse | None:
        if request.user.is_authenticated and not getattr(view, "is_poll", False):
            # Note, at most once a minute, that the session is in use.
            now = int(timezone.now().timestamp())
            if now - request.session.get("touched", 0) >= TOUCH_EVERY:
                request.session["began"], request.session["touched"] = request.session.get("began", now), now
        if is_locked_out(request):
            return redirect("people:locked")
        # What takes no form of ours reads its body itself, and has an answer of its own to one that is too long.
        if not getattr(view, "csrf_exempt", False) and is_shown_for_another(request):
            refusal = choose_refusal(request)
            return render(request, "refused.html", {"sentence": str(refusal)}, status=refusal.status)
        return None


class ShownForAnother(Refusal):
    sentence = _(
        "Nothing was changed, because you are acting for somebody else now than when that page was loaded. "
        "Load it again to see for whom."
    )


class SignedOutSince(Refusal):
    sentence = _("You were signed out after that page was loaded. Sign in, then send it again.")


class PartEndedSince(Refusal):
    sentence = _("Nothing was changed, because you can no longer act for the customer whom that page was about.")


def choose_refusal(request: PortalRequest) -> Refusal:
    """Return why a form does not count that was shown for another than whom its sender acts for now, if for anybody."""
    if not request.user.is_authenticated:
        return SignedOutSince()
    return ShownForAnother() if request.visitor else PartEndedSince()


def is_shown_for_another(request: PortalRequest) -> bool:
    """Return True for a form shown while its sender acted for another customer: in another tab, before their part
    ended, or before they signed out."""
    shown_for = request.POST.get("shown_for") if request.method == "POST" else None
    match = request.resolver_match
    if shown_for is None or request.user.is_staff or (match and match.view_name in ABOUT_USER):
        return False
    return not request.visitor or str(request.visitor.acting.pk) != shown_for


def is_locked_out(request: PortalRequest) -> bool:
    """Return True for a page that a locked account does not show."""
    user, match = request.user, request.resolver_match
    if not isinstance(user, User) or user.locked_at is None:
        return False
    return match is None or match.view_name not in OPEN_WHEN_LOCKED


def is_sent_after_end(request: PortalRequest) -> bool:
    """Return True for a form of a page that opens signed in alone, sent by a browser whose session is long gone."""
    if request.method != "POST" or request.user.is_authenticated or not list_known_users(request):
        return False
    return is_press_of_customer(request) or bool(find_sender(request))


def end_session(request: PortalRequest) -> HttpResponse:
    """Sign out, keep a form that has just been sent, and lead to the sign-in and from there back here."""
    sender = find_sender(request)
    form = read_form(request, sender) if sender else None
    if request.user.is_authenticated:
        logout(request)
    back = request.get_full_path() if request.method == "GET" else ""
    if form and store_unsent_form(request, form):
        back = reverse("unsent_form")
    query: dict[str, Any] = {"ended": 1} | ({"next": back} if back else {})
    if request.path == reverse("account_logout"):  # which is what was pressed
        query = {}
    return HttpResponseRedirect(reverse("account_login", query=query))


def as_kept(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view for customers that shows a form `REOPENED` after a sign-in once more, and does nothing by it."""
    vars(view)["is_form_kept"] = True
    return view


def as_poll(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that a page asks by itself, again and again: that keeps no session alive."""
    vars(view)["is_poll"] = True
    return view


def is_over(session: Mapping[str, Any] | SessionBase, *, is_staff: bool) -> bool:
    """Return True for the content of a session that was idle or open for too long."""
    now = int(timezone.now().timestamp())
    idle, life = (STAFF_IDLE, STAFF_LIFETIME) if is_staff else (CUSTOMER_IDLE, CUSTOMER_LIFETIME)
    began, touched = session.get("began", now), session.get("touched", 0)
    return bool(touched) and (now - touched > idle or now - began > life)


def keep_last_visit(request: HttpRequest, user: User) -> None:
    """Keep in the session that begins when the user signed in before it, which the sign-in overwrites."""
    request.session["last_visit"] = user.last_login.isoformat() if user.last_login else ""


def get_last_visit(request: HttpRequest) -> datetime | None:
    """Return when the visitor signed in before this session; None on the first visit."""
    kept = request.session.get("last_visit")
    return datetime.fromisoformat(kept) if kept else None


def get_visitor(request: HttpRequest) -> Visitor | None:
    user = request.user
    if not isinstance(user, User):
        return None
    actings = selectors.list_actings(user)
    acting = selectors.get_chosen_acting(actings, request.session.get(ACTING_SESSION_KEY))
    if acting is None:
        return None
    return Visitor(user, acting.customer, acting, tuple(actings), selectors.get_spoken_name(acting))


def choose_acting_again(request: HttpRequest, part: str) -> None:
    """Let the visitor act in this part once more, where it is still theirs."""
    visitor: Visitor | None = getattr(request, "visitor", None)
    for acting in visitor.actings if visitor else ():
        if str(acting.pk) == part:
            request.session[ACTING_SESSION_KEY] = acting.pk
            cast("PortalRequest", request).visitor = get_visitor(request)


def record_actor(request: HttpRequest) -> Actor:
    """Return the actor of an act in this request, and record the evidence that the ledger entry will name."""
    evidence = build_evidence(request)
    evidence.save(force_insert=True)
    return build_actor(request, evidence)


def build_evidence(request: HttpRequest) -> Evidence:
    return Evidence(
        user=request.user.pk,
        network=rules.truncate_to_network(request.META.get("REMOTE_ADDR", "")),
        browser=request.headers.get("User-Agent", "")[:200].replace("\0", ""),
        language=request.headers.get("Accept-Language", "")[:20].replace("\0", ""),
    )


def build_actor(request: HttpRequest, evidence: Evidence) -> Actor:
    """Build the actor of an act in this request, for callers that keep the evidence themselves."""
    return Actor(get_actor_kind(request), str(request.user.pk or ""), "portal", evidence.id)


def run_once(request: HttpRequest, act: Callable[[Actor], object], *, of: UUID | None = None) -> str:
    """Do the act of this form, unless this very form did it before; return the id of what it made or changed.

    `of`: the one of several things that the form is about, each of them done once. Without a token (a program that
    sends no form of ours) each sending is an act of its own. Raises the refusals of the act, and ConflictingSubmission.
    """
    token, user = get_form_token(request), request.user
    if token is None or user.pk is None:
        return str(getattr(act(record_actor(request)), "pk", ""))
    evidence = build_evidence(request)
    return known_browsers.submit_once(
        user=user.pk,
        token=uuid5(token, str(of)) if of else token,
        content=get_form_content(request),
        act=lambda: act(build_actor(request, evidence)),
        evidence=evidence,
    )


def was_submitted(request: HttpRequest) -> bool:
    """Return True if this very form did its act before; no one else can do it until the caller's transaction ends."""
    return find_submitted(request) is not None


def find_submitted(request: HttpRequest) -> str | None:
    """Return the id of what this very form made or changed before. Raises ConflictingSubmission."""
    token, user = get_form_token(request), request.user.pk
    if token is None or user is None:
        return None
    return known_browsers.find_submission(user=user, token=token, content=get_form_content(request))


def was_token_submitted(request: HttpRequest) -> bool:
    """Return True if a form with this token did its act before, at whatever address and with whatever content."""
    try:
        return was_submitted(request)
    except known_browsers.ConflictingSubmission:
        return True


def get_form_token(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return None


def get_form_content(request: HttpRequest) -> str:
    """Return where the form was sent and all its fields except the tokens."""
    fields = [(name, request.POST.getlist(name)) for name in sorted(request.POST)]
    return f"{request.path}?{urlencode([field for field in fields if field[0] not in TOKENS], doseq=True)}"


def get_actor_kind(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return "visitor"
    if request.user.is_staff:
        return "staff"
    visitor: Visitor | None = getattr(request, "visitor", None)
    return "customer" if not visitor or visitor.acting.is_holding else "representative"


def limit_rate(request: HttpRequest, action: str, *, counts_get: bool = False) -> HttpResponse | None:
    """Count this use of the action, and return the answer for who has used it too often.

    A GET counts only where `counts_get` says that it does something.
    """
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action=action, limit_get=counts_get)
    return too_many


def may_email(request: HttpRequest, email: str) -> bool:
    """Count one more email that a form has sent to this address; False if it has had enough. The page does not tell."""
    kind = "known" if is_known_to(request, email) else "anyone"
    return take_slot(f"emails-{kind}-{selectors.hash_address(email).hex()}", most=EMAILS_PER_HOUR, seconds=3600)


def customer_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Require a visitor who acts for a customer; staff go to the admin, and an account without a record is told so."""

    @wraps(view)
    def gate(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_staff:
            return redirect("admin:index")
        if find_visitor(request) is None:
            is_known = isinstance(user, User) and selectors.select_by_address(user.email).exists()
            return render(request, "people/no_record.html", {"is_known": is_known})
        return view(request, *args, **kwargs)

    return gate


def find_visitor(request: PortalRequest) -> Visitor | None:
    """Return the visitor, after connecting a user who arrives for the first time with their record."""
    user = request.user
    if not request.visitor and isinstance(user, User):
        claiming.match_user_to_record(user=user, by=record_actor(request))
        request.visitor = get_visitor(request)
    return request.visitor or None  # what is looked up late is never None itself
