"""The law of each room is readable in one place: `consents/<room>/sql/*.sql`."""

import re
from collections import Counter

from django.conf import settings

from tests.architecture.catalogue import read_catalogue
from tests.architecture.mutation.speaking import owner_speaking

FILES = sorted((settings.BASE_DIR / "consents").glob("*/sql/*.sql"))
DEFINITION = re.compile(r"^CREATE (?:CONSTRAINT )?(FUNCTION|TRIGGER|POLICY|TYPE) ([\w.]+)", re.MULTILINE)
PROMISE = re.compile(r"^-- Promise \d+ \(consents/DESIGN\.md\): [A-Z].*\.$")
# What changes a definition instead of writing it as it is.
CHANGE = re.compile(r"^(CREATE OR REPLACE|DROP|ALTER (POLICY|FUNCTION \S+ (SET|RESET))\b)", re.MULTILINE)


def definitions() -> list[tuple[str, str, str]]:
    """Return kind, name and room of everything the files define."""
    return [(*found, path.parts[-3]) for path in FILES for found in DEFINITION.findall(path.read_text())]


def test_each_function_trigger_and_policy_is_defined_once_and_in_one_room():
    count = Counter((kind, name) for kind, name, _room in definitions())

    assert len(count) > 250
    assert {what: times for what, times in count.items() if times > 1} == {}


def test_nothing_of_ours_is_defined_outside_the_files(db):
    with owner_speaking() as owner:
        catalogue = read_catalogue(owner)
    found = {("FUNCTION", name.partition("(")[0].rpartition(".")[2]) for name in catalogue["functions"]}
    found |= {("TRIGGER", name.rpartition(".")[2]) for name in catalogue["triggers"]}
    found |= {("POLICY", name.rpartition(".")[2]) for name in catalogue["policies"]}
    found = {(kind, name) for kind, name in found if not name.startswith(("procrastinate", "uuid"))}

    assert found == {(kind, name.rpartition(".")[2]) for kind, name, _room in definitions() if kind != "TYPE"}


def test_each_file_is_headed_by_its_promise():
    assert [path for path in FILES if not PROMISE.match(path.read_text().partition("\n")[0])] == []


def test_files_say_what_is_and_have_no_holes():
    for path in FILES:
        text = path.read_text()
        assert not CHANGE.search(text), path
        assert not re.search(r"%\(|\{\w*\}(?!')", text), path
