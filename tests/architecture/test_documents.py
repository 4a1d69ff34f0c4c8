"""The project's documents name only files, folders and commands that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    "README.md",
    "consents/DESIGN.md",
    "consents/ASVS.md",
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
    "portal/deploy/README.md",
]
# Where a document may leave out the first folders: `access` stands for any room.
BASES = [ROOT, ROOT / "consents", ROOT / "consents/access", ROOT / "portal/deploy"]
PATH = re.compile(r"^(?:[\w.*-]+/)+[\w.*-]*$")
COMMAND = re.compile(r"manage\.py (\w+)")


def list_paths(text: str) -> list[str]:
    quoted = re.findall(r"`([^`\n]+)`", text)
    return [word for word in quoted if PATH.match(word) and not word.startswith(("/", "http")) and "<" not in word]


def exists(path: str) -> bool:
    # What a run makes is not in the repository.
    is_made = path.startswith(("var/", ".uv/", "PORTAL_VAR/"))
    return is_made or any(list(base.glob(path.rstrip("/"))) for base in BASES)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_only_what_exists(document):
    missing = [path for path in list_paths((ROOT / document).read_text()) if not exists(path)]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_only_commands_that_exist(document):
    ours = {path.stem for path in (ROOT / "consents/management/commands").glob("*.py")}
    named = set(COMMAND.findall((ROOT / document).read_text()))

    assert named <= ours | {"check", "makemigrations"}
