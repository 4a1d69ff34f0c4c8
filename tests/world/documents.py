"""What a document (PDF) shows and holds, and documents to try."""

import re
from io import BytesIO


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
