"""No means no, at once: whatever starts after the answer to stop, withdraw, disable or erase yields no data."""

import inspect
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from procrastinate.contrib.django import app

from consents.access.models import AccessRequest, Grant
from consents.access.rules import AlreadyEnded
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.services import blocking
from consents.access.services import ending as access_ending
from consents.choices.services import withdrawing
from consents.core import clock
from consents.core.refusals import Refusal
from consents.disclosures.models import Opening
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Customer, Evidence, User
from consents.people.services import locking, staff_members
from consents.tasks import run_self_check
from tests.architecture.mutation.speaking import application_speaking
from tests.races.lock_order import watched
from tests.races.meetings import LOOKERS, WAITS, Look, apart, check_no_data_after, ending, looking, won
from tests.waiting import PATIENCE
from tests.world.cast import answer, ask
from tests.world.colleagues import by_officer
from tests.world.erasing import erase, propose


def letting_nobody(world):
    return lambda: blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)


def list_live() -> list[Grant]:
    return [grant for grant in Grant.objects.all() if grant.is_live(clock.now() + timedelta(seconds=1))]


def test_nobody_at_all_while_an_answer_is_being_saved(real_world, race):
    requests = [
        ask(real_world, code, member=member)
        for code, member in (("orders", real_world.sam), ("contact", real_world.kim))
    ]

    outcomes = race(*(lambda one=one: answer(real_world, one) for one in requests), letting_nobody(real_world))

    assert not isinstance(outcomes[-1], Refusal)
    assert all(isinstance(one, AlreadyEnded | AccessRequest) for one in outcomes[:-1])
    assert list_live() == []
    assert not AccessRequest.objects.filter(state="pending").exists()


def test_nobody_at_all_while_staff_ask(real_world, race):
    asks = [lambda code=code: ask(real_world, code) for code in ("orders", "contact", "health")]

    outcomes = race(*asks, letting_nobody(real_world))

    assert all(isinstance(one, BlockedByCustomer | AccessRequest) for one in outcomes[:-1])
    assert not AccessRequest.objects.filter(state="pending").exists()


def test_nobody_at_all_pressed_many_times_is_one_block(real_world, race):
    outcomes = race(*[letting_nobody(real_world)] * 5)

    assert len({one.pk for one in outcomes}) == 1


def test_a_look_after_the_block_was_answered_shows_nothing(real_world, race):
    grant = answer(real_world, ask(real_world, "orders")).grants.get()
    by = Actor("staff", str(real_world.sam.pk))

    race(*[lambda: disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=by)] * 3, letting_nobody(real_world))

    [refused] = race(lambda: disclose_records(grant=grant.pk, staff=real_world.sam.pk, by=by))
    assert isinstance(refused, Refusal) and refused.why == "blocked"


MARKER = "Blue lamp"


def check_every_look_is_on_record(looks: list[list[Look]]) -> None:
    """The log may tell of more than was seen, never of less."""
    seen = sum(look.data for look in itertools.chain(*looks))
    assert Opening.objects.count() >= seen
    assert Entry.objects.filter(event="vault.opened").count() == Opening.objects.count()


def disable(world) -> None:
    User.objects.filter(pk=world.sam.pk).update(is_active=False)


ENDS = {
    "stop": lambda world, request: access_ending.stop_access(
        access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor
    ),
    "withdraw": lambda world, request: withdrawing.withdraw_consent(
        customer=world.ada.customer.id, purpose=world.purpose.code, by=world.ada.actor
    ),
    "end the membership": lambda world, request: staff_members.end_staff_membership(member=world.sam, by=PORTAL),
    "disable the account": lambda world, request: disable(world),
    "erase": lambda world, request: erase(world),
}


@pytest.mark.parametrize("end", ENDS)
def test_no_look_through_services_begins_after_a_stop(real_world, race, end):
    request = answer(real_world, ask(real_world, "orders"))
    grant, over = request.grants.get().pk, threading.Event()

    def look() -> bool:
        try:
            return bool(
                disclose_records(
                    grant=grant, staff=real_world.sam.pk, by=Actor("staff", str(real_world.sam.pk))
                ).records
            )
        except LookRefused:
            return False

    acknowledged, *looks = race(
        ending(lambda: ENDS[end](real_world, request), over), *[looking(look, over) for _ in range(LOOKERS)]
    )

    check_no_data_after(acknowledged, looks)
    check_every_look_is_on_record(looks)


@pytest.mark.parametrize("end", ENDS)
def test_no_look_over_http_begins_after_a_stop(real_world, race, browser, end):
    request = answer(real_world, ask(real_world, "orders"))
    path, grant, over = f"/admin/open/{request.pk}/", str(request.grants.get().pk), threading.Event()
    ada, sam, otto = (browser(one.user) for one in (real_world.ada, real_world.sam, real_world.otto))

    def look() -> bool:
        page = sam.post(path, grant=grant)
        assert page.status in (200, 302, 403, 503), page.status
        return MARKER in page.text

    acknowledged, *looks = race(
        ending(lambda: ended_over_http(real_world, request, end, ada, otto), over),
        *[looking(look, over) for _ in range(LOOKERS)],
    )

    check_no_data_after(acknowledged, looks)
    check_every_look_is_on_record(looks)


def ended_over_http(world, request, end: str, ada, otto) -> None:
    """What a customer does, and the last word on an erasure, in the browser; what else the company does, by its
    service."""
    if end == "stop":
        [form] = [one for one in ada.get("/").forms("token") if one.action.endswith("/stop/")]
        assert ada.send(form).status == 302
    elif end == "withdraw":
        assert ada.post(f"/choices/{world.purpose.code}/withdraw/").status == 302
    elif end == "erase":
        erasure = propose(world).pk
        press = {"CHANGE_FORM-action": "erase", "_selected_action": erasure, "confirm": "1"}
        assert otto.post(f"/admin/people/erasure/{erasure}/change/", **press).status == 302
    else:
        ENDS[end](world, request)


@pytest.mark.parametrize("end", ["stop", "withdraw", "erase"])
def test_an_answer_and_its_end_at_once(real_world, race, end):
    """Whichever comes first, nothing runs that was ended after it began: a no to the purpose and an erasure end what
    is asked too; a stop that came first stops nothing, and one more does."""
    request = ask(real_world, "orders")

    answered, ended = race(lambda: answer(real_world, request, "all"), lambda: ENDS[end](real_world, request))

    assert not isinstance(ended, Exception)
    won([answered])
    assert is_running(request) != was_ended(request)
    if end == "stop":
        assert not isinstance(answered, Exception)
        ENDS[end](real_world, request)
    assert not is_running(request)
    assert Entry.objects.filter(event="grant.ended").count() == request.grants.count()


def is_running(request) -> bool:
    return request.grants.filter(ended_at=None).exists()


def was_ended(request) -> bool:
    """On record: its grant, or the request itself without a yes."""
    events = set(Entry.objects.filter(object=str(request.pk)).values_list("event", flat=True))
    return bool(events & {"grant.ended", "access_request.denied", "access_request.cancelled"})


BEGIN_SUBMISSION = "SELECT portal.begin_submission(%s, gen_random_uuid(), %s, '10.0.0.0', 'a browser', 'en')"
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@contextmanager
def form_under_way(user):
    """Their connection, after what every form begins with, and before what its act holds."""
    with application_speaking() as form:
        form.execute("SET lock_timeout = '10s'")
        form.execute("BEGIN")
        form.execute(BEGIN_SUBMISSION, [user.pk, uuid4()])
        yield form


@pytest.mark.parametrize("of", ["a customer", "a colleague"])
def test_what_changes_an_account_does_not_wait_for_its_forms(real_world, of):
    """The form may next want what this act holds of the user."""
    ada, sam, pia = real_world.ada, real_world.sam, real_world.pia
    user, act = {
        "a customer": (
            ada.user,
            lambda: locking.lock_account(
                user=ada.user, customer=ada.customer.id, ways={"password", "code"}, by=ada.actor
            ),
        ),
        "a colleague": (
            sam.user,
            lambda: staff_members.end_colleague_place(member=sam.pk, officer=pia, by=by_officer(pia)),
        ),
    }[of]
    with form_under_way(user) as form, ThreadPoolExecutor(1) as pool:
        acting = pool.submit(apart, act)
        while not acting.done() and not form.execute(WAITS).fetchone()[0]:
            pass
        form.execute(HOLD, [str(user.pk)])
        form.execute("COMMIT")

        acting.result(timeout=PATIENCE)


def test_an_erasure_waits_for_a_form_and_leaves_nothing_of_it(real_world):
    ada = real_world.ada
    with form_under_way(ada.user) as form, ThreadPoolExecutor(1) as pool:
        erasing = pool.submit(apart, lambda: erase(real_world))
        while not form.execute(WAITS).fetchone()[0]:
            assert not erasing.done()
        form.execute(HOLD, [str(ada.customer.id)])
        form.execute("COMMIT")

        erasing.result(timeout=PATIENCE)

    assert Customer.objects.get(pk=ada.customer.id).erased_at
    assert not Evidence.objects.filter(user=ada.user.pk).exclude(network="").exists()


DUE = timedelta(days=400)
UNWATCHED = {run_self_check.name}  # it goes through the pages of a portal that runs


def test_the_jobs_take_their_locks_in_order(lived_in, later):
    later(DUE)
    jobs = [job.task for job in app.periodic_registry.periodic_tasks.values() if job.task.name not in UNWATCHED]
    before = Entry.objects.count()
    with watched() as watch:
        for job in jobs:
            if not inspect.iscoroutinefunction(job.func):
                job.func(0)

    assert watch.wrong == []
    assert Entry.objects.count() > before and watch.seen
