"""One act that fails holds up none of the others that a job does."""

import ast
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from consents.breaches import services
from consents.choices import tasks
from consents.choices.services import answering
from consents.core import working_ahead
from consents.core.working_ahead import Precedence, run_for_each, work_ahead
from consents.home import staff_emails
from consents.notifications.models import Message
from consents.notifications.services import queueing
from consents.people.models import Customer, User
from tests.waiting import PATIENCE
from tests.world.breaches import record_breach
from tests.world.choices import publish_next
from tests.world.rights_requests import file

# The next thing is made while the one before is used.


def count_workers() -> int:
    return sum(thread.name.startswith("working-ahead") for thread in threading.enumerate())


def test_nothing_is_left_out_or_comes_out_of_turn():
    assert list(work_ahead(iter(range(1, 50)))) == list(range(1, 50))
    assert list(work_ahead(iter([]))) == []


def test_the_next_is_made_while_one_is_used():
    begun = [threading.Event() for _ in range(3)]

    def make():
        for number, event in enumerate(begun):
            event.set()
            yield number

    for number in work_ahead(make()):
        if number < 2:
            assert begun[number + 1].wait(PATIENCE)


def test_what_making_raises_reaches_who_uses():
    def break_off():
        yield 1
        raise OSError("gone")

    items = work_ahead(break_off())
    assert next(items) == 1
    with pytest.raises(OSError, match="gone"):
        next(items)
    assert count_workers() == 0


def test_no_thread_is_left_when_using_fails():
    items = work_ahead(iter(range(1, 50)))
    next(items)

    items.close()

    assert count_workers() == 0


def test_what_is_made_for_later_gives_way_to_what_the_database_waits_for():
    precedence, made, has_begun = Precedence(), [], threading.Event()

    def make():
        has_begun.set()
        made.extend(precedence.give_way([1, 2]))

    later = threading.Thread(target=make)
    with precedence.go_first():
        later.start()
        assert has_begun.wait(PATIENCE)
        with precedence.go_first():
            pass
        assert made == []
        with precedence.wait_for_database():
            later.join(PATIENCE)
        assert made == [1, 2]


def test_who_gives_way_goes_on_after_a_failure():
    precedence = Precedence()

    with pytest.raises(OSError, match="gone"), precedence.go_first(), precedence.wait_for_database():
        raise OSError("gone")

    assert list(precedence.give_way([1])) == [1]


class Poisoned(Exception):
    """Raised for what no act can be done about."""


def act_on(done: list[int]):
    def act(number: int) -> bool:
        with transaction.atomic():
            if number < 0:
                raise Poisoned(number)
            done.append(number)
            return number > 1

    return act


def test_the_others_are_done_and_the_first_failure_is_raised(db):
    done: list[int] = []

    with pytest.raises(Poisoned, match="-7"):
        run_for_each([1, -7, 2, -8, 3], act_on(done))

    assert done == [1, 2, 3]
    assert run_for_each([1, 2, 3], act_on(done)) == 2


def test_what_failed_is_tried_again_by_itself_where_a_job_can_be_queued(db):
    done: list[int] = []
    again: list[int] = []

    assert run_for_each([1, -7, 2, -8, 3], act_on(done), again.append) == 2

    assert (done, again) == ([1, 2, 3], [-7, -8])


def test_it_gives_up_where_nearly_all_fail_or_the_database_is_lost(db, monkeypatch):
    done: list[int] = []
    monkeypatch.setattr(working_ahead, "MOST_FAILURES", 1)
    with pytest.raises(Poisoned, match="-8"):
        run_for_each([-7, -8, 1], act_on(done))

    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(Poisoned, match="-7"):
        run_for_each([-7, 1], act_on(done))
    assert done == []


def test_a_colleague_whose_email_cannot_be_written_keeps_nobody_from_theirs(world, monkeypatch):
    file(world.ada)
    write = staff_emails.queue_daily_email
    first = min((world.pia, world.quinn, world.otto), key=lambda officer: str(officer.pk))

    def write_to_others(member, days):
        if member.pk == first.pk:
            raise Poisoned
        return write(member, days)

    monkeypatch.setattr(staff_emails, "queue_daily_email", write_to_others)
    with pytest.raises(Poisoned):
        staff_emails.send_daily_emails()

    assert Message.objects.filter(kind="work_of_the_day").count() == 2


def poison_emails_to(monkeypatch, poisoned: Customer | User) -> None:
    queue = queueing.queue_message

    def queue_to_others(kind, key, user, customer, context):
        if poisoned in (user, customer):
            raise Poisoned
        return queue(kind, key, user, customer, context)

    monkeypatch.setattr(queueing, "queue_message", queue_to_others)


def test_an_officer_whose_email_cannot_be_written_keeps_nobody_from_the_72_hours(world, monkeypatch, later):
    record_breach(world)
    later(timedelta(hours=60))
    first = min((world.pia, world.quinn, world.otto), key=lambda officer: str(officer.pk))
    poison_emails_to(monkeypatch, first.user)

    with pytest.raises(Poisoned):
        services.remind_of_authority()

    assert Message.objects.filter(kind="breach_due").count() == 2


def test_a_customer_whose_email_cannot_be_written_keeps_nobody_from_a_new_text(with_offers, real_world, monkeypatch):
    people = sorted((real_world.ada, real_world.ben), key=lambda person: str(person.customer.pk))
    terms = {"purpose": "offers", "version": real_world.offers.pk}
    choices = [answering.give_consent(customer=person.customer.id, by=person.actor, **terms) for person in people]
    newer = publish_next(real_world.offers, real_world.pia.user)
    with monkeypatch.context() as poison:
        poison_emails_to(poison, people[0].customer)
        tasks.notify_of_version(newer.pk)
    outdated = Message.objects.filter(kind="choice_outdated")
    assert outdated.get().customer_id == people[1].customer.pk

    again = ProcrastinateJob.objects.get(task_name=tasks.notify_customer_of_version.name)
    assert again.args == {"version": newer.pk, "choice": str(choices[0].pk)}
    tasks.notify_customer_of_version(**again.args)
    assert outdated.count() == 2


def list_sums_of_acts() -> list[str]:
    """Calls of `sum` over acts or emails, which would stop at the first that fails."""
    found = []
    for path in sorted(Path(settings.BASE_DIR, "consents").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
                acts = [one.elt for one in node.args if isinstance(one, ast.GeneratorExp)]
                calls = [act for act in acts if isinstance(act, ast.Call)]
                is_act = any(word.arg == "by" for call in calls for word in call.keywords)
                is_email = any(ast.unparse(call.func).startswith("notify_") for call in calls)
                found += [f"{path.name}:{node.lineno}"] if is_act or is_email else []
    return found


def test_no_job_adds_up_acts_in_another_way():
    assert list_sums_of_acts() == []
