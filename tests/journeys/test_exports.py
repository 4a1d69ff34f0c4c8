"""The officer's records in a browser: from the first page to last year's registers by clicks alone, nothing typed."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from consents.core.clock import now
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.rights.rules.answers import Format, Outcome
from consents.rights.rules.inputs import Reply
from tests.journeys.browsing import Clicks
from tests.world import rights_requests as requests

REFUSED = Reply(Outcome.DENIED, Format.POST, "No.", Reason.UNVERIFIED)
REGISTER = """SELECT id::text, request_type, outcome FROM rights_register
    WHERE regime = 'gdpr' AND extract(year FROM received_at AT TIME ZONE 'UTC') = %s"""
METRICS = """SELECT request_type, count(*), count(*) FILTER (WHERE outcome = 'complied_whole'),
        count(*) FILTER (WHERE outcome = 'denied'), count(*) FILTER (WHERE outcome = '')
    FROM rights_register
    WHERE jurisdiction = 'US-CA' AND extract(year FROM received_at AT TIME ZONE 'UTC') = %s GROUP BY 1"""


@pytest.fixture
def last_year(real_world, later) -> int:
    """Requests of Europe and California; then it is January."""
    world, year = real_world, now().year
    world.cal = requests.make_californian()
    copy = requests.file(world.ada)
    requests.search(world, copy)
    requests.answer(world, copy)
    requests.answer(world, requests.file_as_stranger(Type.ERASURE), REFUSED)
    requests.file(world.cal, Type.OPT_OUT)
    requests.file(world.cal, Type.KNOW_SPECIFIC)
    requests.answer(world, requests.file_as_stranger(Type.DELETION, jurisdiction="US-CA"), REFUSED)
    later(datetime(year + 1, 1, 20, tzinfo=UTC) - now())
    requests.file(world.ada, Type.PORTABILITY)
    return year


def counted(sql: str, year: int) -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [year])
        return {tuple(map(str, row)) for row in cursor.fetchall()}


def downloaded(clicks: Clicks, name: str) -> list[dict[str, str]]:
    with clicks.one.page.expect_download() as found:
        clicks.one.page.get_by_role("link", name=name).click()
    clicks.count += 1
    with Path(found.value.path()).open(newline="") as file:
        return list(csv.DictReader(file))


def exported(clicks: Clicks, dataset: str, year: int) -> None:
    row = clicks.one.page.locator(f"tr:has(#{dataset})")
    row.get_by_role("button", name=f"Export {year} as CSV").click()
    clicks.count += 1


def test_last_years_registers_take_five_presses(last_year, visit, script):
    otto = visit(script=script)
    otto.sign_in("otto@example.com")
    otto.go("/admin/")
    otto.page.locator(".staff-menu").get_by_role("link", name="Exports").click()
    clicks = Clicks(otto)

    exported(clicks, "requests", last_year)
    register = [row for row in downloaded(clicks, "Download requests") if row["regime"] == "gdpr"]
    otto.page.locator(".breadcrumbs").get_by_role("link", name="Exports").last.click()
    clicks.count += 1
    exported(clicks, "metrics", last_year)
    metrics = [row for row in downloaded(clicks, "Download metrics") if row["population"] == "california"]

    assert clicks.count == 5
    found = {(row["request_id"], row["request_type"], row["outcome"]) for row in register}
    assert len(found) == len(register) == 2 and found == counted(REGISTER, last_year)
    names = ["request_type", "received", "complied_whole", "denied", "unanswered"]
    assert {row["year"] for row in metrics} == {str(last_year)}
    asked = [row for row in metrics if row["received"] != "0"]
    assert len(asked) == 3 and {tuple(row[name] for name in names) for row in asked} == counted(METRICS, last_year)
    # The law wants the zero too.
    assert sorted(row["request_type"] for row in metrics) == sorted(KINDS[Regime.CCPA])
    assert {row[name] for row in metrics if row not in asked for name in names[1:]} == {"0"}
