"""What a document (PDF) shows and holds, and documents to try."""

import re
import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile


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
