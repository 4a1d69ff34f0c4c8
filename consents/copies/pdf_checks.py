"""Look into a PDF, down to its compressed objects: nothing in it may run, send, open something else, or be a file."""

import re
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from consents.copies.file_checks import ActiveContent, CannotRead
from consents.core.refusals import Refusal

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
