"""What a package is judged by, part by part: a document without rows, wrong numbers, another edition of columns."""

import io
import json
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from consents.core import signing
from consents.core.canonical import encode_canonical
from consents.exports import manifests, verifying
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import papers
from consents.exports.formats.papers import read_document
from consents.exports.rules import Dataset
from consents.exports.verifying import Comparison, count_row_pair
from tests.exports.packages import checked, refused, unpacked
from tests.world.exports import package_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KNOWN = signing.KeySet({signing.compute_thumbprint(KEY.public_key()): KEY.public_key()})


def test_what_we_signed_that_is_no_manifest_is_none():
    text = signing.sign_jws(encode_canonical({"format": "another/1"}), typ=manifests.TYPE, key=KEY)
    with pytest.raises(manifests.NotAManifest):
        manifests.verify_manifest(text, KNOWN)


def test_a_document_without_its_rows_has_none_and_a_cut_one_is_no_document():
    assert list(read_document(io.BytesIO(b"%PDF-1.7\n%%EOF\n"))) == []
    with pytest.raises(ValueError, match="no whole document"):
        list(read_document(io.BytesIO(b"%PDF-1.7\n")))


def test_a_name_that_is_there_twice_is_told():
    zip = zipfile.ZipFile(io.BytesIO(), "w")
    zip.writestr(manifests.NAME, "one")
    with pytest.warns(UserWarning, match="Duplicate name"):
        zip.writestr(manifests.NAME, "other")

    faults = list(verifying.find_file_faults(verifying.read_zip(zip), SimpleNamespace(files=[])))

    assert faults == ["It contains two files with the same name."]


@pytest.mark.parametrize(("is_removed", "told"), [(True, (1, 0)), (False, (0, 1))])
def test_a_row_that_was_removed_on_record_is_told_from_one_that_was_changed(is_removed, told):
    result, expected = Comparison(), SimpleNamespace(is_removed=lambda row: is_removed)

    count_row_pair(result, {"a": "1"}, {"a": "2"}, expected)

    assert (result.removed, result.changed) == told


def test_a_number_of_rows_that_is_not_that_of_the_file_is_told(played, tmp_path):
    folder = unpacked(package_of(played), tmp_path / "export")
    content = json.loads((folder / manifests.READABLE).read_text())
    content["files"][0]["rows"] += 1
    text, payload = manifests.sign_manifest(content, signing.load_newest_key(settings.PORTAL_KEYS, "export"))
    (folder / manifests.NAME).write_text(text)
    (folder / manifests.READABLE).write_bytes(manifests.render_manifest(payload))

    assert ": 9; exported: 10." in refused(folder)


def test_columns_that_changed_since_are_compared_with_nothing(played, tmp_path, monkeypatch):
    folder = unpacked(package_of(played), tmp_path / "export")
    newer = DESCRIPTIONS[Dataset.ACCESS_LOG]
    monkeypatch.setitem(DESCRIPTIONS, Dataset.ACCESS_LOG, replace(newer, version=newer.version + 1))

    said = checked(folder)

    assert said.startswith("As exported.") and "the rows cannot be compared with those of now" in said


@pytest.mark.parametrize(
    ("kept", "words"),
    [("P1M", "1 month"), ("P24M", "24 months"), ("until withdrawn", "until withdrawn"), ("P1MT", "P1MT")],
)
def test_months_are_told_in_words_and_anything_else_as_it_is_written(kept, words):
    assert papers.describe_retention(kept) == words


def test_a_purpose_that_does_not_fit_begins_a_new_page_of_the_register(monkeypatch):
    paper = papers.ExportPaper("Register", datetime(2026, 11, 28, tzinfo=UTC), "Example Co")
    pages = []
    monkeypatch.setattr(paper, "write_heading", lambda text: pages.append((text, paper.page)))
    monkeypatch.setattr(paper, "write_facts", lambda facts: list(facts) and paper.set_y(paper.page_break_trigger - 90))
    rows = [defaultdict(str, purpose=code) for code in ("fits", "fits-not")]
    monkeypatch.setattr(
        papers, "list_purpose_facts", lambda purpose, words: paper.set_y(paper.page_break_trigger - 80) or []
    )

    papers.write_register(paper, SimpleNamespace(columns=[]), rows)

    assert pages[1:] == [("fits", 1), ("fits-not", 2)]
