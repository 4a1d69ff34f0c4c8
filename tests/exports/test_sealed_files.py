"""A package on disk: sealed, read from any byte, and closed to whoever changes, cuts, moves or swaps a piece of it."""

import hashlib
import os
import stat
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consents.exports import sealed_files
from consents.exports.models import Export, ExportResult
from consents.exports.rules import RETENTION
from consents.exports.sealed_files import (
    CHUNK,
    HEADER,
    OVERHEAD,
    FileUnavailable,
    SealedFile,
    SealedFileWriter,
    get_sealed_path,
)
from consents.exports.tasks import forget_files
from consents.ledger.models import Entry
from tests.world.exports import days_around_now, rows_of

SECRET = b"Ada Marker, 555-0100\n"


def kept(content: bytes, id=None):
    id = id or uuid4()
    keeper = SealedFileWriter(id)
    for start in range(0, len(content), 100_000):
        keeper.write(content[start : start + 100_000])
    keeper.finish()
    return id


def whole(id) -> bytes:
    return b"".join(SealedFile.open(id).read())


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_it_comes_back_as_it_was(size):
    content = os.urandom(size)
    id = kept(content)
    assert (whole(id), SealedFile.open(id).size) == (content, size)


@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 2 * CHUNK + 50), length=st.integers(0, 2 * CHUNK + 50))
def test_any_part_of_it_is_read_alone(long, start, length):
    id, content = long
    assert b"".join(SealedFile.open(id).read(start, start + length)) == content[start : start + length]


@pytest.fixture(scope="module")
def long():
    content = os.urandom(2 * CHUNK + 33)
    return kept(content), content


def test_nothing_of_it_is_on_disk_in_clear():
    id = kept(SECRET * 20_000)
    assert SECRET not in get_sealed_path(id).read_bytes()
    assert stat.S_IMODE(get_sealed_path(id).stat().st_mode) == 0o600


def test_while_it_is_written_nothing_is_on_disk_in_clear():
    keeper = SealedFileWriter(id := uuid4())
    keeper.write(SECRET * 40_000)
    keeper.file.flush()
    assert SECRET not in keeper.draft.read_bytes()
    assert sealed_files.get_writing_progress(id)[1]
    with pytest.raises(FileUnavailable):
        SealedFile.open(id)
    keeper.discard()
    assert sealed_files.get_writing_progress(id) is None


def test_one_that_grows_no_more_is_told_from_one_that_does():
    SealedFileWriter(id := uuid4()).file.close()
    assert sealed_files.get_writing_progress(id) == (sealed_files.HEADER, True)
    draft, long_ago = get_sealed_path(id).with_suffix(".part"), 1_000_000_000
    os.utime(draft, (long_ago, long_ago))
    assert not sealed_files.get_writing_progress(id)[1]


def changed(id, change) -> None:
    path = get_sealed_path(id)
    path.write_bytes(change(path.read_bytes()))


PIECE = CHUNK + OVERHEAD
FIRST, SECOND = slice(HEADER, HEADER + PIECE), slice(HEADER + PIECE, HEADER + 2 * PIECE)
CHANGES = {
    "a byte": lambda it: it[: HEADER + 100] + bytes([it[HEADER + 100] ^ 1]) + it[HEADER + 101 :],
    "a byte of its key": lambda it: it[: HEADER - 1] + bytes([it[HEADER - 1] ^ 1]) + it[HEADER:],
    "cut": lambda it: it[:-1],
    "its end": lambda it: it[: SECOND.stop],
    "two swapped": lambda it: it[:HEADER] + it[SECOND] + it[FIRST] + it[SECOND.stop :],
    "one left out": lambda it: it[:HEADER] + it[FIRST.stop :],
    "more": lambda it: it + it[FIRST],
    "everything": lambda it: b"",
    "all but its head": lambda it: it[:HEADER],
    "all but its head and less than a piece": lambda it: it[: HEADER + OVERHEAD - 1],
    "an end shorter than any piece": lambda it: it[: SECOND.stop + OVERHEAD - 1],
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_was_changed_does_not_open(change):
    id = kept(os.urandom(2 * CHUNK + 33))
    changed(id, CHANGES[change])
    with pytest.raises(FileUnavailable):
        whole(id)


def test_one_under_the_name_of_another_does_not_open():
    one, other = kept(b"one"), kept(b"other")
    get_sealed_path(one).replace(get_sealed_path(other))
    with pytest.raises(FileUnavailable):
        whole(other)


def test_it_is_written_anew_over_what_a_killed_writer_left():
    killed = SealedFileWriter(id := uuid4())
    killed.write(b"x" * 3 * CHUNK)
    killed.file.close()
    assert whole(kept(b"new", id)) == b"new"


def test_old_ones_are_forgotten():
    old, new = kept(b"old"), kept(b"new")
    long_ago = get_sealed_path(old).stat().st_mtime - RETENTION.total_seconds() - timedelta(minutes=1).total_seconds()
    os.utime(get_sealed_path(old), (long_ago, long_ago))

    forget_files(timestamp=0)

    with pytest.raises(FileUnavailable):
        SealedFile.open(old)
    assert whole(new) == b"new"


@pytest.fixture
def shared(settings, tmp_path):
    """A storage for exports: each machine has a folder of its own."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "all")}}
    settings.STORAGES = settings.STORAGES | {"exports": place}
    settings.PORTAL_EXPORTS = tmp_path / "one"


def test_another_machine_fetches_what_it_lacks(shared, settings, tmp_path):
    id = kept(SECRET)
    assert SECRET not in (tmp_path / "all" / f"{id}.sealed").read_bytes()

    settings.PORTAL_EXPORTS = tmp_path / "other"
    assert b"".join(SealedFile.open(id).read()) == SECRET
    assert [path.name for path in settings.PORTAL_EXPORTS.iterdir()] == [f"{id}.sealed"]

    sealed_files.delete_sealed_files(before=time.time() + 1)
    with pytest.raises(FileUnavailable):
        SealedFile.open(id)
    assert list((tmp_path / "all").iterdir()) == list(settings.PORTAL_EXPORTS.iterdir()) == []


def test_a_fetched_copy_is_as_old_as_the_file_and_forgotten_with_it(shared, settings, tmp_path):
    id = kept(SECRET)
    os.utime(tmp_path / "all" / f"{id}.sealed", (1_000, 1_000))
    settings.PORTAL_EXPORTS = tmp_path / "other"
    SealedFile.open(id)

    assert get_sealed_path(id).stat().st_mtime == 1_000
    sealed_files.delete_sealed_files(before=2_000)
    assert not get_sealed_path(id).exists()


def test_a_writer_that_lost_its_name_finishes_nothing_and_takes_nothing_away():
    """It went on after its connection, and with it the lock, was lost; the export was asked for again meanwhile."""
    id = uuid4()
    lost = SealedFileWriter(id)
    lost.write(b"half of it")
    next_one = SealedFileWriter(id)
    next_one.write(b"the whole of it")

    with pytest.raises(FileNotFoundError, match="Another writer"):
        lost.finish()
    lost.discard()
    next_one.finish()

    assert b"".join(SealedFile.open(id).read()) == b"the whole of it"


# `export_records`: the same export from the command line.


def run(*arguments: str) -> None:
    period = days_around_now()
    days = ["--from", str(period.from_date), "--until", str(period.until_date)]
    call_command("export_records", "--dataset", "access_log", *days, *arguments)


def test_it_writes_a_file_that_only_its_maker_may_read(played, tmp_path, capsys):
    file = tmp_path / "log.csv"

    run("--out", str(file), "--officer", "OTTO@example.com", "--reason", "Audit")

    content = file.read_bytes()
    assert len(rows_of(content)) == 9
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    assert hashlib.sha256(content).hexdigest() in capsys.readouterr().err
    assert (Export.objects.get().made_by, Export.objects.get().reason) == (played.otto.user, "Audit")


def test_it_writes_to_standard_output_and_says_the_rest_beside_it(played, capfdbinary):
    run()

    printed = capfdbinary.readouterr()
    assert len(rows_of(printed.out)) == 9
    assert b"9 rows" in printed.err
    assert Entry.objects.get(event="export.made").actor_kind == "portal"


def test_it_overwrites_nothing(real_world, tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("mine")

    with pytest.raises(CommandError, match="exists already") as refused:
        run("--out", str(file))

    assert (refused.value.returncode, file.read_text()) == (1, "mine")
    assert not Export.objects.exists()


def test_it_says_when_it_cannot_write(real_world, tmp_path):
    with pytest.raises(CommandError, match="No such file") as refused:
        run("--out", str(tmp_path / "nowhere" / "log.csv"))
    assert refused.value.returncode == 1


@pytest.mark.parametrize("officer", ["sam@example.com", "pia@example.com", "ada@example.com", "nobody@example.com"])
def test_it_refuses_whoever_is_no_officer_and_leaves_no_file(real_world, tmp_path, officer):
    with pytest.raises(CommandError) as refused:
        run("--out", str(tmp_path / "log.csv"), "--officer", officer)
    assert refused.value.returncode == 1
    assert officer not in str(refused.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (("2026-02-01", "2026-01-01"), "before the first day"),
        (("2026-02-01", "9999-01-01"), "in the future"),
        (("2026-02-30", "2026-03-01"), "is not a day"),
        (("yesterday", "2026-03-01"), "is not a day"),
    ],
)
def test_it_refuses_bad_days_with_a_sentence(world, days, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("export_records", "--dataset", "access_log", "--from", days[0], "--until", days[1])
    assert not ExportResult.objects.exists()


def test_its_help_tells_units_and_exit_codes(capsys):
    with pytest.raises(SystemExit):
        call_command("export_records", "--help")
    words = capsys.readouterr().out
    assert "PORTAL_TIME_ZONE" in words
    assert "Exit codes: 0 written, 1 refused" in words


def test_it_writes_the_sealed_package_in_any_format(played, tmp_path):
    for format in ("csv", "jsonl", "xlsx"):
        run("--out", str(tmp_path / f"{format}.zip"), "--format", format, "--package")
        call_command("verify_export", str(tmp_path / f"{format}.zip"))


def test_it_narrows_down(played, tmp_path):
    run("--out", str(tmp_path / "log.csv"), "--only", "type=vault.opened")
    assert len(rows_of((tmp_path / "log.csv").read_bytes())) == 2


@pytest.mark.parametrize("only", ["type=people", "color=red", "type"])
def test_it_refuses_a_filter_that_is_none(real_world, tmp_path, only):
    with pytest.raises(CommandError):
        run("--out", str(tmp_path / "log.csv"), "--only", only)
    assert not list(tmp_path.iterdir())


def test_nothing_of_the_command_line_is_kept(played, tmp_path):
    run("--out", str(tmp_path / "log.csv"))
    assert not sealed_files.get_sealed_path(Export.objects.get().pk).exists()


def test_a_period_from_the_first_day_there_is_gets_a_sentence(real_world, tmp_path, settings):
    settings.PORTAL_TIME_ZONE = "Europe/Berlin"
    with pytest.raises(CommandError, match="begins before 1970"):
        call_command(
            *("export_records", "--dataset", "access_log", "--from", "0001-01-01", "--until", "2026-01-01"),
            *("--out", str(tmp_path / "log.csv")),
        )
    assert not list(tmp_path.iterdir()) and not Export.objects.exists()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_a_period_from_1970_is_written_whole(real_world, tmp_path, settings, zone):
    settings.PORTAL_TIME_ZONE = zone
    file = tmp_path / "log.zip"
    call_command(
        *("export_records", "--dataset", "access_log", "--from", "1970-01-01", "--until", "2026-01-01"),
        *("--out", str(file), "--package"),
    )
    assert file.stat().st_size and ExportResult.objects.exists()
