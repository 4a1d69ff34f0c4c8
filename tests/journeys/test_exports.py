"""The officer's records: from the first page to last year's registers by clicks alone, nothing typed."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection

from consents.core.clock import now
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.rights.rules import Format, Outcome, Reply
from tests.journeys.opening import open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
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


def download(one: ScriptlessVisit, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(one.download(name), newline="")))


def export(one: ScriptlessVisit, dataset: str, year: int) -> None:
    """By the button in the row of the dataset."""
    one.send(one.find("button", f"Export {year} as CSV", False, one.page.get(dataset).find_parent("tr")))


def test_last_years_registers_take_five_presses(real_world, last_year):
    otto = open_scriptless(real_world.otto)
    otto.go("/admin/")
    otto.follow("Exports")

    export(otto, "requests", last_year)  # one
    register = [row for row in download(otto, "Download requests") if row["regime"] == "gdpr"]  # two
    otto.follow("Exports")  # three
    export(otto, "metrics", last_year)  # four
    metrics = [row for row in download(otto, "Download metrics") if row["population"] == "california"]  # five

    found = {(row["request_id"], row["request_type"], row["outcome"]) for row in register}
    assert len(found) == len(register) == 2 and found == counted(REGISTER, last_year)
    names = ["request_type", "received", "complied_whole", "denied", "unanswered"]
    assert {row["year"] for row in metrics} == {str(last_year)}
    asked = [row for row in metrics if row["received"] != "0"]
    assert len(asked) == 3 and {tuple(row[name] for name in names) for row in asked} == counted(METRICS, last_year)
    # The law wants the zero too.
    assert sorted(row["request_type"] for row in metrics) == sorted(KINDS[Regime.CCPA])
    assert {row[name] for row in metrics if row not in asked for name in names[1:]} == {"0"}
