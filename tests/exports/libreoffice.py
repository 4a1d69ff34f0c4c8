"""LibreOffice, as whoever double-clicks a file has it: no options, no dialogue, a new profile."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

OFFICE, TABLE, TEXT = (
    "{urn:oasis:names:tc:opendocument:xmlns:" + name + ":1.0}" for name in ("office", "table", "text")
)
PATIENCE = 120  # seconds until it counts as stuck


@dataclass(frozen=True)
class Cell:
    """`kind`: string, float, date …; `value`: what it holds, which is not always what it shows."""

    kind: str
    value: str
    formula: str


def program() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("CI needs LibreOffice: no soffice on the path.")
    pytest.skip("No LibreOffice on the path.")


def opened(folder: Path, files: dict[str, bytes]) -> dict[str, list[list[Cell]]]:
    """The rows of each file's first sheet as LibreOffice has them; of all files in one start, which takes seconds."""
    soffice = program()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    subprocess.run(
        [
            soffice,
            "--headless",
            "--norestore",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--convert-to", "fods", "--outdir", str(folder / "seen")),
            *(str(folder / name) for name in files),
        ],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    return {name: rows(folder / "seen" / f"{Path(name).stem}.fods") for name in files}


def rows(path: Path) -> list[list[Cell]]:
    sheet = ElementTree.parse(path).getroot().find(f".//{TABLE}table")
    assert sheet is not None
    return [found for row in sheet.iter(f"{TABLE}table-row") if (found := list(cells(row)))]


def cells(row: ElementTree.Element) -> Iterator[Cell]:
    """Equal neighbours stand once, with their number; beyond the last one is nothing."""
    found: list[Cell] = []
    for one in row.iter(f"{TABLE}table-cell"):
        found += [cell(one)] * int(one.get(f"{TABLE}number-columns-repeated", "1"))
    while found and not found[-1].kind:
        found.pop()
    yield from found


def cell(one: ElementTree.Element) -> Cell:
    kind = one.get(f"{OFFICE}value-type", "")
    value = one.get(f"{OFFICE}value") or one.get(f"{OFFICE}date-value") or one.get(f"{OFFICE}boolean-value")
    shown = "\n".join(text(paragraph) for paragraph in one.findall(f"{TEXT}p"))
    return Cell(kind, value or shown, one.get(f"{TABLE}formula", ""))


def text(paragraph: ElementTree.Element) -> str:
    """Runs of spaces and tabs are elements of their own."""
    whole = paragraph.text or ""
    for part in paragraph:
        whole += {f"{TEXT}s": " " * int(part.get(f"{TEXT}c", "1")), f"{TEXT}tab": "\t"}.get(part.tag, text(part))
        whole += part.tail or ""
    return whole
