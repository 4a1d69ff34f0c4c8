"""One act that fails holds up none of the others that a job does."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from consents import staff_emails
from consents.core import one_by_one
from consents.core.one_by_one import run_for_each
from consents.notifications.models import Message
from tests.world.rights_requests import file


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


def test_it_gives_up_where_nearly_all_fail_or_the_database_is_lost(db, monkeypatch):
    done: list[int] = []
    monkeypatch.setattr(one_by_one, "MOST_FAILURES", 1)
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


def list_sums_of_acts() -> list[str]:
    """Calls of `sum` over acts, which would stop at the first that fails."""
    found = []
    for path in sorted(Path(settings.BASE_DIR, "consents").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
                acts = [one.elt for one in node.args if isinstance(one, ast.GeneratorExp)]
                named = [word.arg for act in acts if isinstance(act, ast.Call) for word in act.keywords]
                found += [f"{path.name}:{node.lineno}"] if "by" in named else []
    return found


def test_no_job_adds_up_acts_in_another_way():
    assert list_sums_of_acts() == []
