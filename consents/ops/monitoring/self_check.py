"""Give and withdraw consent as a made-up customer, through the pages, and see that the evaluator says no afterwards.

A broken "no" makes no noise by itself. The requests run inside the worker through everything that a browser's pass but
the web server, which `/healthz` and the proxy watch. The made-up customer is left out of exports and charts.
"""

import logging
import re
from uuid import UUID, uuid4

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.catalogue.selectors import select_in_force
from consents.choices.selectors import find_standing
from consents.decisions.selectors import decide_use
from consents.ledger.rules import PORTAL
from consents.ops.running.portal import get_allowed_host
from consents.people.models import Acting, User
from consents.people.selectors import MADE_UP_ADDRESS, get_acting, select_by_address
from consents.people.services import claiming, customer_records

RESULT = "self-check"  # in the cache: "ok" or what is broken; nothing if no check has ended for a while
RESULT_SECONDS = 20 * 60
# What the page of the second step carries, to go on from the first one.
FIRST_STEP = re.compile(r'name="step" value="(?P<proof>[^"]+)"')
log = logging.getLogger(__name__)


class BrokenRefusal(Exception):
    """The no of the made-up customer was not taken, or does not count. A bug, or an attack."""


def run_self_check() -> None:
    """Check one purpose, and keep the result for `/readyz`. Raises BrokenRefusal."""
    try:
        checked = check_refusal()
    except BrokenRefusal:
        cache.set(RESULT, "broken", RESULT_SECONDS)
        raise
    cache.set(RESULT, "ok", RESULT_SECONDS)
    if not checked:
        log.info("No purpose in force rests on consent: there is no refusal to check.")


def check_refusal() -> bool:
    """Return False if nothing can be refused yet. Raises BrokenRefusal."""
    user = User.objects.filter(email=MADE_UP_ADDRESS).first() or User.objects.create_user(MADE_UP_ADDRESS)
    acting = get_acting(user) or begin_acting_as_made_up(user)
    visitor = Visitor(user)
    try:
        visitor.get(reverse("home"))
        version = find_purpose(acting.customer_id)
        if version is None:
            return False
        check_purpose(visitor, acting.customer_id, version)
    finally:
        visitor.leave()
    return True


def begin_acting_as_made_up(user: User) -> Acting:
    """Open the made-up customer's record, unless an earlier check has, and match its user with it.

    Raises BrokenRefusal.
    """
    if not select_by_address(MADE_UP_ADDRESS).exists():
        customer_records.open_customer_record(email=MADE_UP_ADDRESS, by=PORTAL)
    claiming.match_user_to_record(user=user, by=PORTAL)
    acting = get_acting(user)
    if acting is None:
        raise BrokenRefusal("The made-up customer cannot enter.")
    return acting


def find_purpose(customer: UUID) -> PurposeVersion | None:
    for version in select_in_force().filter(legal_basis=LegalBasis.CONSENT).prefetch_related("categories"):
        standing = find_standing(customer, version.purpose.code)
        if standing and standing.is_asked and version.categories.exists():
            return version
    return None


def check_purpose(visitor: "Visitor", customer: UUID, version: PurposeVersion) -> None:
    code, category = version.purpose.code, version.categories.first()
    assert category
    visitor.withdraw(code)
    check_decision(customer, category.code, code, expected=False)
    visitor.give(code, version)
    # Without a yes that counts, a no that counts would prove nothing.
    check_decision(customer, category.code, code, expected=True)
    visitor.withdraw(code)
    check_decision(customer, category.code, code, expected=False)


def check_decision(customer: UUID, category: str, purpose: str, *, expected: bool) -> None:
    decision = decide_use(customer=customer, category=category, purpose=purpose)
    if decision.allowed != expected:
        raise BrokenRefusal(f"The evaluator says {decision.why} of {purpose}.")


class Visitor:
    """The made-up customer's browser."""

    def __init__(self, user: User) -> None:
        # Only here: with it come Django's tools for tests, which every start of a program would load.
        from consents.ops.monitoring.readiness import Browser

        self.client = Browser(raise_request_exception=False, HTTP_HOST=get_allowed_host())
        self.client.force_login(user)

    def get(self, path: str) -> None:
        self.check_status(path, self.client.get(path, secure=settings.SECURE).status_code, {200})

    def post(self, path: str, **form: str) -> None:
        """Send a form. Raises BrokenRefusal unless a redirect says that it was saved."""
        answer = self.client.post(path, form | {"token": str(uuid4())}, secure=settings.SECURE)
        self.check_status(path, answer.status_code, {302})

    def give(self, purpose: str, version: PurposeVersion) -> None:
        """Agree, and once more where the page asks for a second step: of very personal data, and of sale."""
        path, form = reverse("choices:give", args=[purpose]), {"answer": "given", "version": str(version.pk)}
        asked = self.client.post(path, form | {"token": str(uuid4())}, secure=settings.SECURE)
        if step := FIRST_STEP.search(asked.content.decode()):
            self.post(path, step=step["proof"], **form)
        else:
            self.check_status(path, asked.status_code, {302})

    def withdraw(self, purpose: str) -> None:
        self.post(reverse("choices:withdraw", args=[purpose]))

    def leave(self) -> None:
        self.client.logout()

    def check_status(self, path: str, status: int, expected: set[int]) -> None:
        if status not in expected:
            raise BrokenRefusal(f"{path} answers {status}.")
