"""What LibreOffice makes of an export that somebody double-clicks: nothing runs, no value becomes another one."""

from datetime import datetime

from consents.exports.rules import Dataset, Format
from tests.exports.cells import ATTACKS, described, written
from tests.exports.libreoffice import Cell, opened
from tests.world.exports import rows_of, taken

# What a spreadsheet by itself makes into another number, a day or a time.
NUMBERS = ["0012", "1E5", "12.50", "1/2", "2026-01-02", "10:30", "12345678901234567890", "4.11", "1,5", "007 "]
UNSEEN = str.maketrans("", "", "\x01\x1f\r")  # no document holds them as letters


def values(rows: list[list[Cell]]) -> list[str]:
    """Of the second column, below its heading."""
    return [row[1].value if len(row) > 1 else "" for row in rows[1:]]


def formulas(rows: list[list[Cell]]) -> list[str]:
    return [cell.formula for row in rows for cell in row if cell.formula]


def test_it_opens_attacks_as_text_and_every_dataset_as_it_was_written(played, tmp_path):
    """All of it in one start of the program, which takes longer than to open all files."""
    query = described(*ATTACKS, *NUMBERS)
    attacks = {"cells.csv": written(query, Format.CSV), "book.xlsx": written(query, Format.XLSX)}
    told = {dataset: rows_of(taken(played, dataset=dataset)[1]) for dataset in Dataset}
    datasets = {
        f"{dataset} as {format}.{format}": taken(played, dataset=dataset, format=format)[1]
        for format in (Format.CSV, Format.XLSX)
        for dataset in Dataset
    }

    seen = opened(tmp_path, attacks | datasets)

    check_attacks(seen["cells.csv"], seen["book.xlsx"])
    for dataset in Dataset:
        for format in (Format.CSV, Format.XLSX):
            check_dataset(seen[f"{dataset} as {format}.{format}"], told[dataset])


def check_attacks(cells: list[list[Cell]], book: list[list[Cell]]) -> None:
    """They are text, and none is changed."""
    assert formulas(cells) == formulas(book) == []
    asked = [text.translate(UNSEEN) for text in [*ATTACKS, *NUMBERS]]
    assert [text.translate(UNSEEN) for text in values(book)] == asked
    for was, now in zip(asked, values(cells), strict=True):
        assert now.translate(UNSEEN).replace("'", "") == was.replace("'", "")


def check_dataset(sheet: list[list[Cell]], told: list[dict[str, str]]) -> None:
    headings, *rows = sheet
    assert formulas(rows) == []
    assert len(rows) == len(told)
    for row, expected in zip(rows, told, strict=True):
        filled = row + [Cell("", "", "")] * (len(headings) - len(row))
        seen = {heading.value: cell for heading, cell in zip(headings, filled, strict=True)}
        assert {name: told_of(cell) for name, cell in seen.items()} == {
            name: told_of(Cell(seen[name].kind if seen[name].kind in ("float", "date") else "", text, ""))
            for name, text in expected.items()
        }


def told_of(cell: Cell) -> str | float | datetime:
    if cell.kind == "date":  # to the millisecond, in UTC
        return datetime.fromisoformat(cell.value).replace(tzinfo=None, microsecond=0)
    return float(cell.value) if cell.kind == "float" else cell.value
