"""Judge a file that an officer adds to a copy: by what is in it, not by its name or what a browser says of it.

Few kinds are taken, each of which any reader opens and none of which does anything when it is opened: PDF without
script, forms that send, or files inside; PNG; JPEG; plain text and tables as text. Archives and office documents are
not taken: they hide macros, links and bombs, and every program that makes them can print to PDF.
"""

import re
import unicodedata
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid

LONGEST_NAME = 80  # letters, without the ending
# The agreed test signature of every scanner (eicar.org), in two parts so that this file is not one.
TEST_SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
# Before a cell's first letter: what spreadsheets skip. No tab or line end, where the next cell begins: a run of blank
# lines is then looked at once.
SKIPPED = r'(?:^|[,;\t\r\n])"?(?:[^\S\t\r\n]|[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff])*'
# A cell that a spreadsheet would run. Behind a sign, which numbers have too, it calls a function or another program.
FORMULA = re.compile(
    SKIPPED
    + r"(?:[=@\ufe66\ufe6b\uff1d\uff20]"
    + r"|[+\-\u2212\ufe62\ufe63\uff0b\uff0d](?:[^,;\t\r\n(]*[A-Za-z]\(|[^,;\t\r\n|]*\|[^,;\t\r\n!]*!))"
)


class FileKind(NamedTuple):
    """Describe a kind of file: the ending of its name, what browsers call it, and a check of its own."""

    ending: str
    media_type: str
    label: Any


PDF = FileKind("pdf", "application/pdf", _("PDF"))
PNG = FileKind("png", "image/png", _("picture (PNG)"))
JPEG = FileKind("jpg", "image/jpeg", _("picture (JPEG)"))
CSV = FileKind("csv", "text/csv; charset=utf-8", _("table as text (CSV)"))
TEXT = FileKind("txt", "text/plain; charset=utf-8", _("plain text"))
KINDS = {kind.ending: kind for kind in (PDF, PNG, JPEG, CSV, TEXT)}


class OtherKind(NotValid):
    sentence = _("This kind of file is not taken. Add a PDF, a picture (PNG, JPEG), a table (CSV) or plain text.")


class EmptyFile(NotValid):
    sentence = _("This file is empty. Choose another one.")


class ActiveContent(NotValid):
    sentence = _(
        "This file can run or send something, or holds other files. Print it to a new PDF, and add that one instead."
    )


class CannotRead(NotValid):
    sentence = _("This PDF is protected or damaged, so nobody can tell what is in it. Save it without protection.")


class Harmful(NotValid):
    sentence = _("A scanner would call this file harmful. It was not saved: tell whoever looks after your security.")


def judge_file(content: bytes, name: str) -> FileKind:
    """Return what the file is. Raises EmptyFile, Harmful, OtherKind, ActiveContent, CannotRead."""
    if not content:
        raise EmptyFile
    if TEST_SIGNATURE in content:
        raise Harmful
    for kind, begins in ((PDF, b"%PDF-"), (PNG, b"\x89PNG\r\n\x1a\n"), (JPEG, b"\xff\xd8\xff")):
        if content.startswith(begins):
            if kind == PDF:
                from consents.copies.pdf_checks import check_pdf  # the library is loaded where a PDF is judged

                check_pdf(content)
            return kind
    return judge_text(content, name)


def judge_text(content: bytes, name: str) -> FileKind:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OtherKind from None
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in text):
        raise OtherKind
    if not name.lower().endswith(".csv"):
        return TEXT
    if FORMULA.search(text):
        raise ActiveContent
    return CSV


def clean_name(name: str, kind: FileKind) -> str:
    """Return a name that leads nowhere and shows what it is: no folders, no invisible letters, our own ending."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*')
    stem = (
        " ".join(seen.rpartition(".")[0].split() if "." in seen else seen.split())
        .strip(". ")[:LONGEST_NAME]
        .strip(". ")
    )
    return f"{stem or 'file'}.{kind.ending}"
