"""Checkpoints kept in an S3-like place: sealed, found again, compared with, and missed when it does not answer."""

from collections.abc import Callable, Iterator

import pytest
from botocore.config import Config
from django.core.files.storage import Storage, storages
from django.core.management import call_command
from django.core.management.base import CommandError
from moto.server import ThreadedMotoServer

from consents.ledger import checkpoints
from tests.ledger.entries import ADA
from tests.ledger.forging import ALL, REHASH, RESEAL
from tests.ledger.sealed import add, claims


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def keep_in(settings, server) -> Callable[..., Storage]:
    """Keep checkpoints in the bucket; the options are those of PORTAL_CHECKPOINTS_OPTIONS."""
    options = {
        "bucket_name": "checkpoints",
        "endpoint_url": server,
        "region_name": "us-east-1",
        "access_key": "a",
        "secret_key": "s",
        "location": "portal",
    }

    def use(**changes) -> Storage:
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | changes}
        settings.STORAGES = settings.STORAGES | {"checkpoints": backend}
        return storages["checkpoints"]

    return use


@pytest.fixture
def outside(keep_in) -> Iterator[Storage]:
    """An empty bucket."""
    storage = keep_in()
    storage.connection.create_bucket(Bucket="checkpoints")
    yield storage
    storage.bucket.objects.all().delete()
    storage.bucket.delete()


def verify(capsys, *options: str) -> list[str]:
    """What the command says; None of it when all is whole."""
    try:
        call_command("verify_ledger", *options)
    except SystemExit as ended:
        assert ended.code == 1  # noqa: PT017 -- the command may end in either way
        return capsys.readouterr().out.splitlines()
    assert "all of them whole" in capsys.readouterr().out
    return []


def test_it_seals_run_after_run(sealed, seal, outside):
    add(3)
    seal()
    assert [claim.size for claim in claims(outside)] == [8, 11]
    assert checkpoints.find_newest_checkpoint(outside) == list(checkpoints.list_checkpoints(outside))[-1]


def test_a_checkpoint_there_is_never_written_over(sealed, outside):
    (name,) = checkpoints.list_checkpoints(outside)
    before = checkpoints.read_note(outside, name)
    checkpoints.publish_note(outside, name, "other")
    assert checkpoints.read_note(outside, name) == before


def test_the_ledger_is_compared_with_what_is_kept_there(sealed, seal, outside, capsys):
    add(3)
    seal()
    day, _, first = next(checkpoints.list_checkpoints(outside)).partition("/")

    assert verify(capsys) == verify(capsys, "--against", f"{day}/{first}") == verify(capsys, "--against", day) == []


def test_a_database_rolled_back_behind_its_checkpoint_is_reported(sealed, seal, outside, tamper, capsys):
    add(3)
    seal()
    (*_, newest) = checkpoints.list_checkpoints(outside)
    tamper(
        "DELETE FROM ledger_leaf WHERE leaf_index >= 8",
        "DELETE FROM ledger_checkpoint WHERE size > 8",
    )
    cut = f"The log ends before place 8; {newest} was taken of a longer one: cut or rolled back."
    assert cut in verify(capsys) and cut in verify(capsys, "--against", newest)


def test_a_history_written_anew_is_told(sealed, outside, tamper, capsys):
    """Even the database's own checkpoints are gone: only the one kept there still knows."""
    tamper(f"UPDATE ledger_entry SET outcome = 'x' WHERE chain = '{ADA}'", REHASH, RESEAL, "TRUNCATE ledger_checkpoint")
    (name,) = checkpoints.list_checkpoints(outside)
    assert any(f"history is not the one that {name} was taken of" in line for line in verify(capsys))


@pytest.mark.parametrize("keep", [0, 60, -1])
def test_a_truncated_checkpoint_is_told(sealed, outside, keep, capsys):
    (name,) = checkpoints.list_checkpoints(outside)
    note = checkpoints.read_note(outside, name)
    outside.delete(name)
    checkpoints.publish_note(outside, name, note[:keep])
    assert f"Checkpoint {name} is damaged or not signed by us." in verify(capsys)


def test_an_empty_database_beside_it_is_told(sealed, outside, tamper, capsys):
    tamper(f"TRUNCATE {ALL}")
    assert verify(capsys)[0].startswith("The ledger is empty, but ")


@pytest.mark.parametrize("command", ["seal_ledger", "verify_ledger"])
@pytest.mark.parametrize("wrong", [{"bucket_name": "elsewhere"}, {"endpoint_url": "http://127.0.0.1:9"}], ids=str)
def test_a_place_out_of_reach_is_told_in_a_sentence(journal, keep_in, command, wrong):
    keep_in(**wrong, client_config=Config(retries={"max_attempts": 0}))
    with pytest.raises(CommandError, match=r"^The place of the checkpoints cannot be used \(\w+\)\.$") as refused:
        call_command(command)
    assert refused.value.returncode == 2


def test_a_kept_name_that_nobody_kept_is_nothing_to_compare_with(sealed, outside):
    with pytest.raises(CommandError, match="no checkpoint where") as refused:
        call_command("verify_ledger", "--against", "2020-01-01")
    assert refused.value.returncode == 2
