"""The doctor looks at everything, says one sentence each, and goes on after a fault."""

from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command

from consents.catalogue.models import Purpose
from consents.catalogue.services import versions
from consents.ledger.checkpoints import StorageUnavailable, create_note, get_checkpoint_storage
from consents.ledger.sealers import Sealer
from consents.ops.running import doctor, from_outside, variables
from consents.ops.running.checks import OF_EMBEDDED
from consents.ops.running.doctor import OK, WARNING, WRONG, Finding
from consents.ops.running.portal import SECRET_NAMES
from consents.systems.rules import System
from tests.world.cast import PORTAL

TABLE = Path(__file__).parents[2] / "portal" / "deploy" / "VARIABLES.md"


def find(part: str) -> list[Finding]:
    return [finding for finding in doctor.examine_installation() if finding.part == part]


def states(part: str) -> set[str]:
    return {finding.state for finding in find(part)}


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch, settings, tmp_path) -> None:
    """Give each test places outside of its own, and no mail server."""
    monkeypatch.setattr(doctor, "get_connection", lambda: FakeMail())
    place = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "checkpoints")},
    }
    settings.STORAGES = settings.STORAGES | {"checkpoints": place}
    settings.PORTAL_JOURNAL = tmp_path / "journal"


class FakeMail(BaseEmailBackend): ...


def test_a_portal_in_order_has_nothing_wrong(world):
    found = list(doctor.examine_installation())

    assert {one.part for one in found} == set(doctor.CHECKS)
    assert not [one for one in found if one.state == WRONG]


def test_a_misspelt_variable_is_named_and_the_others_are_still_looked_at(world, monkeypatch):
    monkeypatch.setenv("PORTAL_HSOTS", "x")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)

    assert "wrong variables: PORTAL_HSOTS is no setting of the portal: did you mean PORTAL_HOSTS?" in out.getvalue()
    assert "ok    backup programs" in out.getvalue()


def test_what_was_left_as_an_example_is_told(world, settings):
    settings.PORTAL_COMPANY, settings.DEFAULT_FROM_EMAIL = "Example Co", "nobody"

    assert states("company") == {WARNING, WRONG}


def test_a_disk_that_is_nearly_full_is_told(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _place: SimpleNamespace(free=3 * 2**20))

    found = list(doctor.check_folders())

    assert found[0][0] == doctor.WARNING and "has 3 MB left" in found[0][1]


def test_an_address_that_no_page_answers_is_told(world, settings):
    settings.SECURE, settings.PORTAL_URL, settings.ALLOWED_HOSTS = True, "http://portal.example.com", ["localhost"]

    assert [one.state for one in find("address")].count(WRONG) == 2
    settings.PORTAL_URL, settings.ALLOWED_HOSTS = "https://portal.example.com", [".example.com"]
    assert WRONG not in states("address")


def test_a_system_that_asks_for_a_purpose_not_in_use_is_told(world, settings):
    versions.save_purpose(purpose=Purpose(code="no-text"), by=PORTAL)
    settings.PORTAL_SYSTEMS = (System("newsletter", frozenset(["support", "no-such", "no-text"]), ("a" * 64,)),)

    [finding] = find("systems")
    assert finding.state == WARNING and finding.sentence.endswith("that are not in use here: no-such, no-text.")
    settings.PORTAL_SYSTEMS = ()
    assert list(doctor.check_systems()) == [(OK, "Systems that may ask for decisions, about purposes in use alone: 0.")]


def test_a_clock_that_is_off_is_told(world, monkeypatch):
    assert abs(doctor.measure_clock_skew()) < doctor.MOST_SECONDS
    monkeypatch.setattr(doctor, "measure_clock_skew", lambda: -900.0)

    assert "-900 seconds off" in find("clock")[0].sentence


def test_a_place_that_lets_a_later_writer_overwrite_is_told(world, tmp_path):
    """As an S3-like store does that ignores conditions."""

    class Careless(FileSystemStorage):
        def __init__(self) -> None:
            super().__init__(location=tmp_path / "careless", allow_overwrite=True)

    with pytest.raises(StorageUnavailable, match="overwrite what is there"):
        doctor.probe_storage(Careless(), "checkpoints")


def test_what_is_outside_is_in_order_only_where_it_could_be_compared(world, monkeypatch):
    assert list(doctor.check_outside()) == [(OK, "Database, checkpoints and journal belong together.")]
    create_note(get_checkpoint_storage(), Sealer("elsewhere", 1, "x").name, "not signed by us\n")
    assert states("outside") == {WRONG}

    monkeypatch.setattr(from_outside, "compare_with_outside", lambda: "elsewhere")
    told = find("outside")[0].sentence
    assert told.startswith("The journal of") and told.endswith("or set PORTAL_JOURNAL_BACKEND.")


def test_a_check_that_cannot_be_made_is_a_finding(world, monkeypatch):
    def refuse() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(FakeMail, "open", lambda self: refuse())

    assert find("mail") == [Finding("mail", WRONG, "It does not answer (ConnectionRefusedError).")]


def test_a_page_that_leads_to_itself_is_told_from_outside(monkeypatch):
    class Answer:
        status = 301

        def getheader(self, name: str, default: str = "") -> str:
            return "https://portal.example.com/accounts/login/" if name == "Location" else default

    monkeypatch.setattr(from_outside, "request_page", lambda *_: Answer())

    told = [sentence for is_right, sentence in from_outside.try_proxy("https://portal.example.com") if not is_right]
    assert any("leads to itself for ever" in sentence for sentence in told)


def test_the_table_names_every_variable(settings):
    read = {*settings.PORTAL_VARIABLES, *SECRET_NAMES, *OF_EMBEDDED}

    assert variables.list_names() == {name for name in read if name.startswith(("PORTAL_", "DATABASE_"))}


def test_the_table_is_as_the_code_says():
    assert TABLE.read_text() == variables.write_table(), (
        "run `manage.py doctor --variables > portal/deploy/VARIABLES.md`"
    )
