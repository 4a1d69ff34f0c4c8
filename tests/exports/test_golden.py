"""The demo's past leaves in the same bytes as ever, however its tables are laid out.

The files in `golden/` are what every dataset, the entries of rights requests and `rebuild_state` say of the demo
company as it stands on `NOW`. Ids, hashes and times of day differ between two runs, so they are numbered by their
first appearance in each file. After a deliberate change, write the files again:
`WRITE_GOLDEN=1 pytest tests/exports/test_golden.py`.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction

from consents.core.owner import as_owner, move_clock
from consents.exports import selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import FORMATS
from consents.exports.rules import Dataset, ExportSpec, Format, Period
from consents.ledger.models import Entry
from consents.ops.demo import company, timeline

NOW = datetime(2026, 6, 17, 12, tzinfo=UTC)
FOLDER = Path(__file__).parent / "golden"
VOLATILE = re.compile(
    r"(?P<id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|(?P<hash>\b[0-9a-f]{64}\b)"
    r"|(?P<number>RQ-[0-9A-Z]{4}-[0-9A-Z]{4})"
    r"|(?P<day>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?)"
)


def number_volatile(text: str) -> str:
    """Replace ids, hashes and times of day by their place among those seen before; days stay."""
    seen: dict[str, dict[str, str]] = {}

    def replace(match: re.Match[str]) -> str:
        kind = "time" if match["day"] else str(match.lastgroup)
        places = seen.setdefault(kind, {})
        place = places.setdefault(match[0], f"{kind}-{len(places) + 1}")
        return f"{match['day']} {place}" if match["day"] else place

    return VOLATILE.sub(replace, text)


@pytest.fixture
def demo_on_its_day(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Build the company with every moment counted from `NOW`, and leave the database's clock there."""

    def move_from_its_day(connection, by: timedelta) -> None:
        move_clock(connection, NOW - datetime.now(UTC) + by)

    monkeypatch.setattr(company, "move_clock", move_from_its_day)
    monkeypatch.setattr(timeline, "move_clock", move_from_its_day)
    with as_owner() as owner, transaction.atomic():
        company.build_company(owner, NOW)
    yield
    with as_owner() as owner:
        move_clock(owner, timedelta(0))


def export(dataset: Dataset) -> str:
    """Both years, in UTC, personal columns included where there are any."""
    period = Period(datetime(2025, 1, 1).date(), NOW.date() + timedelta(days=1), ZoneInfo("UTC"))
    personal = any(column.personal for column in DESCRIPTIONS[dataset].columns)
    query = selectors.build_query(ExportSpec(dataset, period, "golden", personal=personal))
    with selectors.open_snapshot() as connection:
        return b"".join(block for block, _rows in FORMATS[Format.CSV].write(connection, query)).decode()


def list_rights_entries() -> str:
    entries = Entry.objects.filter(object_type="rights_request").order_by("id")
    return "".join(
        f"{entry.occurred_at.isoformat()} {entry.event} {entry.object} {entry.customer} {entry.actor_kind} "
        f"{entry.actor} {entry.outcome} {entry.channel} {entry.details}\n"
        for entry in entries
    )


def compare(name: str, text: str) -> None:
    path, found = FOLDER / name, number_volatile(text)
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(found, newline="")
    assert found == path.read_bytes().decode()


def test_the_demo_leaves_in_the_same_bytes(demo_on_its_day, capsys):
    for dataset in Dataset:
        compare(f"{dataset}.csv", export(dataset))
    compare("rights_entries.txt", list_rights_entries())
    call_command("rebuild_state", "--check")
    compare("rebuild_state.txt", capsys.readouterr().out)
