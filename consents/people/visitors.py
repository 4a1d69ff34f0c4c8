"""Who is at the door: from an HTTP request to the user, the customer they act for, and the actor of an act."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from consents.ledger.rules import Actor
from consents.people import rules, selectors, services, submissions
from consents.people.models import Acting, Customer, Evidence, User

# NIST SP 800-63B-4 AAL2/AAL3 in our tighter form: idle and longest life of a session, seconds.
CUSTOMER_IDLE, CUSTOMER_LIFE = 30 * 60, 12 * 3600
STAFF_IDLE, STAFF_LIFE = 15 * 60, 8 * 3600
TOUCH_EVERY = 60
CHOSEN = "acting"  # in the session: for whom the user chose to act
# What a form carries beside what it says.
TOKENS = {"token", "csrfmiddlewaretoken"}
FOUND = "consents.people.found"


@dataclass(frozen=True)
class Visitor:
    user: User
    customer: Customer
    acting: Acting
    may_choose: bool  # for whom to act


class VisitorMiddleware:
    """Ends sessions that idled or lived too long and offers `request.visitor` (None without a customer)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated and has_ended(request):
            logout(request)
            return HttpResponseRedirect(f"{reverse('account_login')}?ended=1")
        request.visitor = SimpleLazyObject(lambda: visitor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def has_ended(request: HttpRequest) -> bool:
    """Judge the session and, at most once a minute, write down that it is in use."""
    now = int(timezone.now().timestamp())
    idle, life = (STAFF_IDLE, STAFF_LIFE) if request.user.is_staff else (CUSTOMER_IDLE, CUSTOMER_LIFE)  # type: ignore[union-attr]
    began, touched = request.session.get("began", now), request.session.get("touched", 0)
    if touched and (now - touched > idle or now - began > life):
        return True
    if now - touched >= TOUCH_EVERY:
        request.session["began"], request.session["touched"] = began, now
    return False


def is_fresh(request: HttpRequest) -> bool:
    """Signed in, for the first time or again, a few minutes ago at most."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def visitor_of(request: HttpRequest) -> Visitor | None:
    user = request.user
    if not isinstance(user, User) and not user.is_authenticated:
        return None
    actings = selectors.actings_of(user)  # type: ignore[arg-type]
    acting = selectors.chosen_of(actings, request.session.get(CHOSEN))
    return Visitor(user, acting.customer, acting, len(actings) > 1) if acting else None  # type: ignore[arg-type]


def actor_of(request: HttpRequest) -> Actor:
    """The actor of an act in this request; leaves the evidence row the ledger entry will name."""
    user = request.user
    evidence = Evidence.objects.create(
        user=user.pk,
        network=rules.network_of(request.META.get("REMOTE_ADDR", "")),
        browser=request.headers.get("User-Agent", "")[:200].replace("\0", ""),
        language=request.headers.get("Accept-Language", "")[:20].replace("\0", ""),
    )
    return Actor(kind_of(request), str(user.pk or ""), "portal", evidence.id)


def once(request: HttpRequest, act: Callable[[Actor], object]) -> str:
    """Do the act of this form, unless this very form did it before. Returns the id of what it made or changed.

    Without a token (a program that sends no form of ours) each sending is an act of its own. Raises what the act
    refuses, and SentOtherwise.
    """
    token, user = token_of(request), request.user
    if token is None:
        return str(getattr(act(actor_of(request)), "pk", ""))
    return submissions.once(
        user=user.pk,  # type: ignore[arg-type]
        token=token,
        content=content_of(request),
        act=lambda: act(actor_of(request)),
    )


def was_sent(request: HttpRequest) -> bool:
    """This very form did its act before; nobody else does it until the caller's transaction ends."""
    token, user = token_of(request), request.user.pk
    if token is None:
        return False
    return submissions.sent(user=user, token=token, content=content_of(request)) is not None  # type: ignore[arg-type]


def token_of(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return None


def content_of(request: HttpRequest) -> str:
    """Where the form was sent and all that it said, but for the tokens."""
    said = [(name, request.POST.getlist(name)) for name in sorted(request.POST)]
    return f"{request.path}?{urlencode([one for one in said if one[0] not in TOKENS], doseq=True)}"


def kind_of(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return "visitor"
    if request.user.is_staff:
        return "staff"
    visitor = request.visitor  # type: ignore[attr-defined]
    return "customer" if not visitor or visitor.acting.capacity == "self" else "representative"


def for_customer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page is for somebody acting for a customer. Staff go to their own house; without a record: whom to call."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_staff:  # type: ignore[union-attr]
            return redirect("admin:index")
        if not request.visitor:  # type: ignore[attr-defined]
            language = get_language() or settings.LANGUAGE_CODE
            services.arrive(user=request.user, by=actor_of(request), language=language)  # type: ignore[arg-type]
            request.visitor = visitor_of(request)  # type: ignore[attr-defined]
        if not request.visitor:  # type: ignore[attr-defined]
            return render(request, "people/no_record.html", status=200)
        return view(request, *args, **kwargs)

    return gate


def sealed_find(customer: UUID, member: User) -> str:
    """A found customer, to be carried in the form: usable by the finder alone."""
    return signing.dumps(f"{member.pk} {customer}", salt=FOUND)


def unsealed_find(text: str, member: User) -> UUID | None:
    try:
        finder, customer = signing.loads(text, salt=FOUND).split(" ")
    except (signing.BadSignature, ValueError, AttributeError):
        return None
    return UUID(customer) if finder == str(member.pk) else None
