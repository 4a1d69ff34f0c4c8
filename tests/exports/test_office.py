"""A spreadsheet program reads what was exported as it was written: as many rows, and no cell worked out."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from consents.core.owner import as_owner
from consents.exports.kinds import Format
from tests.world.exports import play, rows_of, taken

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
# Commas, quotes, UTF-8, from the first line, every cell quoted as text, as it is stored.
AS_TEXT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false"
FORMULA = '=1+1&"x"'


def read_by_office(path: Path, folder: Path) -> list[list[str]]:
    """Every cell as LibreOffice has it."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [profile, "--headless", "--convert-to", AS_TEXT, "--outdir", str(folder / "out"), str(path)]
    subprocess.run([str(OFFICE), *words], check=True, capture_output=True, timeout=120)
    with (folder / "out" / f"{path.stem}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.skipif(not OFFICE, reason="No LibreOffice (soffice) on the path.")
@pytest.mark.parametrize("format", [Format.CSV, Format.XLSX])
def test_libreoffice_reads_every_cell_as_it_was_written(real_world, tmp_path, format):
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_staffmember SET team = %s", [FORMULA])
    for member in (real_world.sam, real_world.kim):
        member.refresh_from_db()
    play(real_world)
    written = rows_of(taken(real_world)[1])
    path = tmp_path / f"log.{format}"
    path.write_bytes(taken(real_world, format=format)[1])

    headings, *rows = read_by_office(path, tmp_path)

    read = [dict(zip(headings, row, strict=True)) for row in rows]
    assert headings == list(written[0]) and len(read) == len(written) > 5
    for name in ("event", "outcome", "subject_ref", "entry_hash", "pii_types", "shown_to_subject"):
        assert [row[name].lower() for row in read] == [row[name] for row in written]
    assert {row["recipient"] for row in read} == {f"'{FORMULA}" if format == Format.CSV else FORMULA}
