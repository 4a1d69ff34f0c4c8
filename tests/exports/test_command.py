"""`export_records`: the same export from the command line."""

import hashlib
import stat

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from consents.exports import sealed_files
from consents.exports.models import Export, ExportResult
from consents.ledger.models import Entry
from tests.world.exports import days_around_now, rows_of


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
