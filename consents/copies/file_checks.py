"""Judge a file that an officer adds to a copy: by what is in it, not by its name or what a browser says of it.

Few kinds are taken, each of which any reader opens and none of which does anything when it is opened: PDF without
script, forms that send, or files inside; PNG; JPEG; plain text and tables as text. Archives and office documents are
not taken: they hide macros, links and bombs, and every program that makes them can print to PDF.
"""

import re
import socket
import struct
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from consents.core.refusals import NotValid, Refusal

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


# What a dictionary of a PDF has or says where something runs, sends, opens something else, or is a file of its own.
ACTIVE_KEYS = frozenset(
    {"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/RichMedia"}
)
ACTIVE_VALUES = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/GoToE",
        "/GoToR",
        "/ImportData",
        "/SubmitForm",
        "/Rendition",
        "/EmbeddedFile",
        "/Filespec",
    }
)
# The same names where a reader that mends a broken file would find them, outside of what the file lists.
UNLISTED = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|ImportData|SubmitForm|RichMedia)\b")
MOST_OBJECTS = 200_000


def check_pdf(content: bytes) -> None:
    """Look at every object, those inside compressed streams too. Raises ActiveContent, CannotRead."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise CannotRead
        is_running = UNLISTED.search(content) or any(
            is_active(reader.get_object(number)) for number in list_object_numbers(reader)
        )
    except Refusal:
        raise
    except Exception:  # what a broken file does to its reader is no concern of ours
        raise CannotRead from None
    if is_running:
        raise ActiveContent


def list_object_numbers(reader: PdfReader) -> list[IndirectObject]:
    plain = [(number, generation) for generation, listed in reader.xref.items() for number in listed]
    packed = [(number, 0) for number in reader.xref_objStm]
    if len(plain) + len(packed) > MOST_OBJECTS:
        raise CannotRead
    return [IndirectObject(number, generation, reader) for number, generation in plain + packed]


def is_active(listed: Any) -> bool:
    """Look into a dictionary or a list, and into those that stand in it; what is only named is looked at by itself."""
    if isinstance(listed, ArrayObject):
        return any(is_active(inner) for inner in listed)
    if not isinstance(listed, DictionaryObject):
        return isinstance(listed, NameObject) and listed in ACTIVE_VALUES
    return any(key in ACTIVE_KEYS or is_active(listed.raw_get(key)) for key in listed)


# Ask the company's virus scanner about a file before it is kept: clamd, by its INSTREAM command.
#
# `PORTAL_SCANNER` says where it listens; without one, the portal's own checks of what is in a file stand alone.

SCANNER_SECONDS = 20.0  # for a whole file; the database gives up an idle transaction after 60
PING_SECONDS = 2.0
PIECE = 64 * 1024
LONGEST_REPLY = 4096


class ScannerUnavailable(Refusal):
    status = 503
    sentence = _(
        "The virus scanner does not answer, so nothing was added. What you typed is here: choose the file again in a "
        "few minutes."
    )


def scan_content(content: bytes) -> None:
    """Let the scanner judge a file, where there is one. Raises Harmful, ScannerUnavailable."""
    if settings.PORTAL_SCANNER is None:
        return
    try:
        verdict = ask_scanner(content)
    except OSError:
        raise ScannerUnavailable from None
    if verdict.endswith("FOUND"):
        raise Harmful
    if verdict != "stream: OK":  # it could not: too large for it, out of memory, not clamd at all
        raise ScannerUnavailable


def ask_scanner(content: bytes) -> str:
    """Return what clamd says of this content. Raises OSError, also when it takes too long."""
    with connect_scanner(SCANNER_SECONDS) as (speaking, ends):
        speaking.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), PIECE):
            piece = content[start : start + PIECE]
            limit_time(speaking, ends)
            speaking.sendall(struct.pack("!I", len(piece)) + piece)
        speaking.sendall(struct.pack("!I", 0))
        return read_reply(speaking, ends)


def has_scanner() -> bool:
    return settings.PORTAL_SCANNER is not None


def is_scanner_ready() -> bool:
    """Return True if the scanner answers as clamd does."""
    try:
        with connect_scanner(PING_SECONDS) as (speaking, ends):
            speaking.sendall(b"zPING\0")
            return read_reply(speaking, ends) == "PONG"
    except OSError:
        return False


@contextmanager
def connect_scanner(seconds: float) -> Iterator[tuple[socket.socket, float]]:
    """Yield a connection and the moment at which its time is over."""
    ends, place = time.monotonic() + seconds, settings.PORTAL_SCANNER
    if place is None:
        raise ConnectionError
    with open_socket(place, seconds) as speaking:
        limit_time(speaking, ends)
        yield speaking, ends


def open_socket(place: str | tuple[str, int], seconds: float) -> socket.socket:
    """Connect to the scanner's path, or its host and port. Raises OSError."""
    if not isinstance(place, str):
        return socket.create_connection(place, timeout=seconds)
    speaking = socket.socket(socket.AF_UNIX)
    try:
        speaking.settimeout(seconds)
        speaking.connect(place)
    except OSError:
        speaking.close()
        raise
    return speaking


def limit_time(speaking: socket.socket, ends: float) -> None:
    """Let the next step take what is left of the time. Raises TimeoutError once it is over."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    speaking.settimeout(left)


def read_reply(speaking: socket.socket, ends: float) -> str:
    """Read up to the zero byte that ends a reply. Raises OSError."""
    reply = b""
    while not reply.endswith(b"\0"):
        limit_time(speaking, ends)
        part = speaking.recv(LONGEST_REPLY)
        if not part or len(reply) > LONGEST_REPLY:
            raise ConnectionError
        reply += part
    return reply[:-1].decode(errors="replace").strip()
