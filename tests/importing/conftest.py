"""Small files of the shape a company's own have, and the command that imports them."""

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from tests.importing.sample import CUSTOMERS


class Shop:
    """A folder of files; `imported(...)` runs the command on one of them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture) -> None:
        self.folder, self.capsys = folder, capsys

    def write(self, name: str, content: bytes | str | list[str]) -> Path:
        text = "\n".join(content) + "\n" if isinstance(content, list) else content
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.folder / name

    def imported(self, name: str, mapping: str, *options: str) -> SimpleNamespace:
        map = self.write("map.toml", mapping)
        with pytest.raises(SystemExit) as ended:
            call_command("import_customers", self.folder / name, "--map", str(map), *options)
        said = self.capsys.readouterr()
        return SimpleNamespace(code=int(ended.value.code), out=said.out, err=said.err, rejects=self.rejects(name))

    def customers(self, content: bytes | str | list[str], *options: str, mapping: str = CUSTOMERS) -> SimpleNamespace:
        self.write("customers.csv", content)
        return self.imported("customers.csv", mapping, *options)

    def rejects(self, name: str) -> list[tuple[int, str]]:
        path = (self.folder / name).with_suffix(".rejects.csv")
        if not path.exists():
            return []
        with path.open(encoding="utf-8") as file:
            return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture) -> Shop:
    return Shop(tmp_path, capsys)
