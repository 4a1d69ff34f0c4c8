"""Documents to keep or print (PDF): headings, facts, paragraphs, tables, a QR code. Knows no room.

The fonts are those that every reader has, which hold Western European letters. What they do not hold is printed as a
mark, and the document says so: it never leaves a name out in silence.

To import the library takes a fifth of the start of a process, and most processes draw nothing: whoever does imports
this only then.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

ENCODING = "cp1252"
MISSING = "?"
MARGIN, LABEL_WIDTH = 20, 50
LINE = 6
QR_SIZE = 34


class Paper(FPDF):
    """A document of one or more A4 pages, written from top to bottom. The same content at the same moment gives the
    same bytes. `is_whole`: every letter could be printed.
    """

    def __init__(self, title: str, made_at: datetime, author: str, *, is_wide: bool = False) -> None:
        super().__init__(format="A4", orientation="landscape" if is_wide else "portrait")
        self.is_whole = True
        self.core_fonts_encoding = ENCODING
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.set_title(title)
        self.set_author(author)
        self.set_lang(get_language() or "en")
        self.set_creation_date(made_at)
        self.add_page()
        self.write_lines(title, size=18, style="B")
        self.ln(3)

    def print_letters(self, text: str) -> str:
        """Return the text as the fonts can print it; note when a letter is missing."""
        printed = text.encode(ENCODING, "replace").decode(ENCODING)
        self.is_whole = self.is_whole and printed == text
        return printed

    def write_lines(self, text: str, *, size: int = 11, style: str = "", width: float = 0) -> None:
        """Write a paragraph, broken into lines at its width; 0: the width between the margins."""
        self.set_font("Helvetica", style, size)
        height = max(LINE, size * 0.5)
        self.multi_cell(
            width or self.epw, height, self.print_letters(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def write_heading(self, text: str) -> None:
        self.ln(4)
        self.write_lines(text, size=13, style="B")
        self.ln(1)

    def write_facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Write labels with their values beside them; facts without a value are left out."""
        for label, value in facts:
            if value:
                self.write_fact(label, value)

    def write_fact(self, label: str, value: str) -> None:
        if self.will_page_break(2 * LINE):
            self.add_page()
        top = self.get_y()
        self.write_lines(label, style="B", width=LABEL_WIDTH - 4)
        below_label, page = self.get_y(), self.page
        self.set_xy(MARGIN + LABEL_WIDTH, top)
        self.set_font("Helvetica", "", 11)
        rest = self.epw - LABEL_WIDTH
        self.multi_cell(rest, LINE, self.print_letters(value), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(below_label, self.get_y()) + 1 if self.page == page else self.get_y() + 1)

    def write_table(self, headings: list[str], rows: Iterable[list[str]], widths: list[int]) -> None:
        """Write a table whose headings stand on every page again. `widths`: shares of the width, one a column."""
        self.set_font("Helvetica", "", 8)
        aligned = ("LEFT", *("RIGHT" for _heading in headings[1:]))
        with self.table(col_widths=tuple(widths), text_align=aligned, line_height=5, padding=0.6) as table:
            for cells in [headings, *rows]:
                table.row([self.print_letters(cell) for cell in cells])

    def draw_qr_code(self, address: str, caption: str) -> None:
        """Draw a QR code of an address, with words beside it that say where it leads."""
        if self.will_page_break(QR_SIZE + LINE):
            self.add_page()
        left, top = MARGIN, self.get_y() + 4
        code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
        code.add_data(address)
        rows = code.get_matrix()
        step = QR_SIZE / len(rows)
        self.set_fill_color(0, 0, 0)
        for line, row in enumerate(rows):
            for place, is_dark in enumerate(row):
                if is_dark:
                    self.rect(left + place * step, top + line * step, step, step, style="F")
        self.set_xy(MARGIN + LABEL_WIDTH, top)
        self.set_font("Helvetica", "", 11)
        rest, words = self.epw - LABEL_WIDTH, self.print_letters(f"{caption}\n{address}")
        self.multi_cell(rest, LINE, words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(top + QR_SIZE, self.get_y()) + 4)

    def finish(self) -> bytes:
        """Return the file, after saying what could not be printed."""
        if not self.is_whole:
            self.ln(3)
            self.write_lines(
                _("A “?” stands for a letter that this file cannot print. The page on the screen shows it.")
            )
        return bytes(self.output())


# Letters that print nothing although Unicode does not count them as control or format characters.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
# Behind these a browser shows letters in another order than they are kept in.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def remove_invisible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    seen = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co"))
    return re.sub(f"[{BLANK_LETTERS}]", "", seen)


def keep_as_seen(text: str) -> str:
    """Return a text that is kept as it is read: in its own order, and empty where nothing of it is seen.

    A NUL stays, for whoever refuses it.
    """
    return TURNS.sub("", text) if "\0" in text or remove_invisible(text).strip() else ""
