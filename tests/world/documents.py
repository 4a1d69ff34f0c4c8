"""What a document (PDF) shows and holds, and documents to try."""

import re
import struct
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db.models import Model

from consents.catalogue.models import Notice


def words_of(content: bytes) -> str:
    """Everything the pages show, as it is written into them."""
    from pypdf import PdfReader  # the library is loaded where a PDF is read

    shown = b"\n".join(page["/Contents"].get_object().get_data() for page in PdfReader(BytesIO(content)).pages)
    texts = re.findall(rb"\((.*?)(?<!\\)\) Tj", shown, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", " ".join(text.decode("cp1252") for text in texts))


def make_pdf(*, script: str = "", attached: bytes = b"", password: str = "") -> bytes:
    """A document of one page; with a script that runs when it is opened, a file inside, or a password."""
    from pypdf import PdfWriter  # the library is loaded where a PDF is made
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    writer, written = PdfWriter(), BytesIO()
    writer.add_blank_page(width=100, height=100)
    if script:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if attached:
        writer.add_attachment("inside.txt", attached)
    if password:
        writer.encrypt(password)
    writer.write(written)
    return written.getvalue()


def make_pdf_bomb(size: int) -> bytes:
    """A small document whose one compressed stream of objects unfolds to this many bytes."""
    packed = zlib.compress(b"1 0 <</Type/Catalog>>".ljust(size))
    objects = b"%%PDF-1.7\n2 0 obj <</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>> stream\n" % len(packed)
    start = objects.index(b"2 0 obj")
    content = objects + packed + b"\nendstream endobj\n"
    # Free; object 1 lies in stream 2 at place 0; the stream itself; this list.
    listed = [(0, 0, 0), (2, 2, 0), (1, start, 0), (1, len(content), 0)]
    rows = zlib.compress(b"".join(struct.pack(">BIB", *row) for row in listed))
    content += b"3 0 obj <</Type/XRef/Size 4/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length %d>> stream\n" % len(rows)
    at = content.rindex(b"3 0 obj")
    return content + rows + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % at


def make_zip_bomb(size: int) -> bytes:
    """A small archive that unfolds to this many bytes."""
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(size))
    return written.getvalue()


def spell_out(row: Model, seen: tuple[Model, ...] = ()) -> dict[str, Any]:
    """Every column, every related row and every prefetched list; a row that leads back to one above is its key."""
    if row in seen:
        return {"pk": row.pk}
    seen = (*seen, row)
    said = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    said = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in said.items()}
    lists = getattr(row, "_prefetched_objects_cache", {})
    return said | {name: spell_out_list(rows, seen) for name, rows in lists.items()} | spell_out_related(row, seen)


def spell_out_related(row: Model, seen: tuple[Model, ...]) -> dict[str, Any]:
    related = {name: value for name, value in row._state.fields_cache.items() if isinstance(value, Model)}
    return {name: spell_out(value, seen) for name, value in related.items() if value not in seen}


def spell_out_list(rows: Iterable[Model], seen: tuple[Model, ...]) -> list[dict[str, Any]]:
    """In the order of their model; by key where it has none, or where nobody reads them in order, as the languages of a
    version."""
    listed = list(rows)
    is_ordered = any(row._meta.ordering and not isinstance(row, Notice) for row in listed)
    return spell_out_all(listed if is_ordered else sorted(listed, key=lambda row: str(row.pk)), seen)


def spell_out_all(rows: Iterable[Model], seen: tuple[Model, ...] = ()) -> list[dict[str, Any]]:
    return [spell_out(row, seen) for row in rows]
