"""Reading what the documents of the portal (PDF) say."""

import re
import zlib


def streams_of(content: bytes) -> list[bytes]:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return [zlib.decompress(each) if each[:1] == b"\x78" else each for each in found]


def words_of(content: bytes) -> str:
    """Everything the pages show, as it is written into them."""
    shown = b"\n".join(stream for stream in streams_of(content) if b" Tf" in stream)
    texts = re.findall(rb"\((.*?)(?<!\\)\) Tj", shown, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", " ".join(text.decode("cp1252") for text in texts))
