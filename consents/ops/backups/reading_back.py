"""Read dumps back before they are called a backup: every table is listed, with as many rows as were counted."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from consents.core.refusals import Refusal
from consents.ops.backups import programs
from consents.ops.backups.manifests import Manifest
from consents.ops.backups.programs import ClientPrograms

LISTED = re.compile(rb"\d+; \d+ \d+ TABLE DATA public (\S+) ")
BEGIN = re.compile(rb"COPY public\.(\w+) \(")
END = b"\\.\n"


class NotReadBack(Refusal):
    sentence = (
        "Read back, the backup does not hold what was backed up: pg_restore finds other tables in it, or other numbers "
        "of rows. It was not kept."
    )


def check_dumped_rows(dumps: Iterable[Path], manifest: Manifest, tools: ClientPrograms) -> None:
    """Compare what pg_restore reads in the dumps with what was counted. Raises NotReadBack, ProgramFailed."""
    listed: set[str] = set()
    rows: Counter[str] = Counter()
    for dump in dumps:
        listed |= list_dumped_tables(dump, tools)
        rows += count_dumped_rows(dump, tools)
    if not set(manifest.counts) <= listed or +rows != +Counter(manifest.counts):
        raise NotReadBack


def list_dumped_tables(dump: Path, tools: ClientPrograms) -> set[str]:
    """Return the tables whose data the dump lists. Raises ProgramFailed."""
    with programs.open_log() as log:
        done = subprocess.run([tools.find("pg_restore"), "--list", str(dump)], stdout=subprocess.PIPE, stderr=log)
    if done.returncode:
        raise programs.ProgramFailed(f"pg_restore cannot read the dump; what it said is in {programs.get_log_path()}.")
    return {name.decode() for name in LISTED.findall(done.stdout)}


def count_dumped_rows(dump: Path, tools: ClientPrograms) -> "Counter[str]":
    """Count the rows of each table in the dump, line by line as pg_restore writes them. Raises ProgramFailed."""
    rows: Counter[str] = Counter()
    command = [tools.find("pg_restore"), "--data-only", "--file=-", str(dump)]
    with (
        programs.open_log() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as reading,
    ):
        assert reading.stdout
        table = ""
        for line in reading.stdout:
            if table and line != END:
                rows[table] += 1
            elif table:
                table = ""
            elif begun := BEGIN.match(line):
                table = begun[1].decode()
    if reading.returncode:
        raise programs.ProgramFailed(f"pg_restore cannot read the dump; what it said is in {programs.get_log_path()}.")
    return rows
