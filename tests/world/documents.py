"""What a document (PDF) shows and holds, and documents to try."""

import re
import zlib
from io import BytesIO


def streams_of(content: bytes) -> list[bytes]:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return [zlib.decompress(each) if each[:1] == b"\x78" else each for each in found]


def words_of(content: bytes) -> str:
    """Everything the pages show, as it is written into them."""
    shown = b"\n".join(stream for stream in streams_of(content) if b" Tf" in stream)
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
