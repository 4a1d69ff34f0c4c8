"""One database seals into a place; a copy is refused, and who takes over shuts the other one out."""

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from consents.ledger import checkpoints, sealers
from consents.ledger.services import appending, sealing
from consents.ledger.services.sealing import SealedElsewhere
from consents.ops.running import from_outside
from tests.ledger.entries import ADA
from tests.ledger.sealed import add, claims


@pytest.fixture
def be_another(monkeypatch) -> None:
    """From now on this is another database: restored from a backup, say."""

    def change() -> None:
        monkeypatch.setattr(sealing, "identify_database", lambda: "another/1")

    return change


def test_a_copy_of_the_database_does_not_seal_into_the_same_place(sealed, seal, outside, be_another):
    be_another()
    add(1)
    with pytest.raises(SealedElsewhere, match="If this one is a copy"):
        seal()
    with pytest.raises(CommandError, match="take-over"):
        call_command("seal_ledger")

    assert [claim.size for claim in claims(outside)] == [8]


def test_it_can_take_over_and_then_the_first_one_serves_nobody(sealed, seal, outside, be_another, monkeypatch):
    with monkeypatch.context() as other:
        other.setattr(sealing, "identify_database", lambda: "another/1")
        add(1)
        call_command("seal_ledger", "--take-over")
        assert from_outside.compare_with_outside() == "ok"

    assert from_outside.compare_with_outside() == "replaced"
    with pytest.raises(ImproperlyConfigured, match="does not start: another database seals"):
        from_outside.check_outside()
    with pytest.raises(SealedElsewhere):
        seal()


def test_of_two_that_take_over_at_once_one_does(sealed, outside, be_another, monkeypatch):
    be_another()
    monkeypatch.setattr(sealers, "publish_sealer", lambda *_: False)  # the other one has the number
    with pytest.raises(SealedElsewhere):
        sealing.take_sealing_over(keys=portal.PORTAL_KEYS, storage=outside)


def test_a_statement_that_is_not_ours_stops_sealing(sealed, seal, outside):
    checkpoints.create_note(outside, "sealers/000002.sealer", "portal/sealers\n2\nmine\n\nnobody\n")
    with pytest.raises(SealedElsewhere):
        seal()


def test_a_machine_with_a_journal_of_its_own_is_not_ready(sealed, outside, settings, tmp_path):
    """Two hosts that kept the default folder: each would write its own."""
    add(1, customer=ADA)
    appending.write_missing_entries()
    with appending.journal.open_journal(settings.PORTAL_JOURNAL) as file:
        file.append([('{"event":"x"}', b"x" * 32)])
    appending.sign_journal_head(keys=portal.PORTAL_KEYS, storage=outside)
    settings.PORTAL_JOURNAL = tmp_path / "of the other machine"

    watch = from_outside.OutsideWatch()
    assert watch.describe() == "elsewhere" and not watch.is_closed
    with pytest.raises(ImproperlyConfigured, match="another machine writes another"):
        from_outside.check_outside()
