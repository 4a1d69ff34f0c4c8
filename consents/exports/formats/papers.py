"""Lay out the registers that leave as documents: that of processing (GDPR Art 30), and the metrics (11 CCR 7102)."""

import io
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.catalogue.models import Category
from consents.core import countries
from consents.core.paper import Paper
from consents.exports.formats import query as json_lines
from consents.exports.formats.query import Connection, Query, read_cells

Rows = Sequence[dict[str, str]]
SECTION = 85  # millimetres of what is told of a purpose, which stays on one page
MONTHS = re.compile(r"P(\d+)M")
COUNTED = {
    "received": "Received",
    "complied_whole": "In full",
    "complied_part": "In part",
    "denied": "Denied",
    "denied_not_verifiable": "not verifi\u00adable",
    "denied_not_a_consumer": "no consumer",
    "denied_exempt_information": "exempt",
    "denied_other": "other",
    "no_data_held": "No data held",
    "withdrawn": "With\u00addrawn",
    "unanswered": "Open",
    "median_days": "Median days",
    "mean_days": "Mean days",
}
POPULATIONS = {"california": "Requests of Californians", "all": "All requests"}


class ExportPaper(Paper):
    """A document of an export, whose pages are numbered."""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Helvetica", "", 8)
        self.cell(0, 6, self.print_letters(f"{self.title}   {self.page_no()} / {{nb}}"), align="R")


def build_paper(query: Query, rows: Rows) -> Paper:
    """Build the document: what it is, the register itself, and what its manifest says."""
    lay_out, is_wide = LAYOUTS[query.description.name]
    paper = ExportPaper(str(query.description.title), query.at, settings.PORTAL_COMPANY, is_wide=is_wide)
    facts = dict(query.facts)
    paper.write_lines(
        " · ".join(filter(None, [query.description.law, settings.PORTAL_COMPANY, facts.get(_("Period"))]))
    )
    if not rows:
        paper.write_lines(_("There is nothing in this period."))
    else:
        lay_out(paper, query, rows)
    if paper.will_page_break(SECTION):
        paper.add_page()
    paper.write_heading(_("About this document"))
    paper.write_facts(query.facts)
    return paper


def write_register(paper: Paper, query: Query, rows: Rows) -> None:
    """Write the company once, then each purpose under the letters of Art 30(1)."""
    paper.write_heading(_("The controller (Art 30(1)(a))"))
    paper.write_facts(
        [
            (_("Controller"), rows[0]["controller"]),
            (_("Representative"), rows[0]["representative"]),
            (_("Data protection officer"), rows[0]["dpo"]),
            (_("Security measures"), rows[0]["security_measures"]),
        ]
    )
    words = {column.name: column.words for column in query.columns}
    for purpose in rows:
        if paper.will_page_break(SECTION):
            paper.add_page()
        paper.write_heading(purpose["purpose_name"] or purpose["purpose"])
        paper.write_facts(list_purpose_facts(purpose, words))


def list_purpose_facts(purpose: dict[str, str], words: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    return [
        (_("Purpose"), f"{purpose['purpose']}, {purpose['dpv_purpose']}"),
        (_("In force since"), f"{purpose['in_force_since'][:10]}, {_('version')} {purpose['purpose_version']}"),
        (_("Legal basis"), f"{words['lawful_basis'].get(purpose['lawful_basis'], '')} ({purpose['lawful_basis']})"),
        (_("Joint controllers"), purpose["joint_controllers"] or _("none")),
        (_("Whose data"), purpose["subject_categories"]),
        (_("Kinds of data"), name_categories(purpose["pii_types"].split())),
        (_("Recipients"), describe_codes(purpose["recipient_categories"], words["recipient_categories"]) or _("none")),
        (
            _("Third countries"),
            "; ".join(map(countries.get_country_name, purpose["transfer_country"].split())) or _("none"),
        ),
        (_("Safeguards there"), describe_safeguards(purpose["transfer_safeguard"], words["transfer_safeguard"])),
        (_("Kept for"), describe_retention(purpose["retention_period"])),
    ]


def name_categories(codes: Sequence[str]) -> str:
    """Name data categories as customers read them, each with the code that the records have."""
    titles = {category.code: category.title for category in Category.objects.filter(code__in=codes)}
    return ", ".join(f"{titles.get(code, code)} ({code})" for code in codes)


def describe_codes(codes: str, words: dict[str, str]) -> str:
    return "; ".join(f"{words.get(code, code)} ({code})" for code in codes.split())


def describe_safeguards(safeguards: str, words: dict[str, str]) -> str:
    pairs = [safeguard.partition("@")[::2] for safeguard in safeguards.split()]
    return "; ".join(
        f"{countries.get_country_name(country)}: {words.get(code, code)} ({code})" for code, country in pairs
    )


def describe_retention(text: str) -> str:
    if not (months := MONTHS.fullmatch(text)):
        return text
    return ngettext("%(n)d month", "%(n)d months", int(months[1])) % {"n": int(months[1])}


def write_metrics(paper: Paper, query: Query, rows: Rows) -> None:
    """Write a table for each year and population, every right a line."""
    words = next(column.words for column in query.columns if column.name == "request_type")
    for (year, population), members in groupby(rows, key=itemgetter("year", "population")):
        paper.write_heading(f"{year}: {POPULATIONS.get(population, population)}")
        lines = [
            [
                f"{words.get(right['request_type'], '')} ({right['request_type']})",
                *(right[name] or "-" for name in COUNTED),
            ]
            for right in members
        ]
        paper.write_table([_("Right"), *COUNTED.values()], lines, [60, *(15 for _name in COUNTED)])
    paper.ln(3)
    paper.write_lines(
        _("The four columns after “Denied” say why. Days are calendar days. No number is rounded."), size=9
    )


LAYOUTS: dict[str, tuple[Callable[[Paper, Query, Rows], None], bool]] = {
    "processing": (write_register, False),
    "metrics": (write_metrics, True),
}


# PDF of a register, to read and to print. Its rows lie inside once more, as JSON Lines, for whoever checks it.
#
# Only for registers of few rows: a document is made in memory, at once.

ROWS = "records.jsonl"
EMBEDDED = re.compile(rb"/Length (\d+)\n(?:/(?:Params <<[^>]*>>|Subtype [^\n]*)\n)*/Type /EmbeddedFile\n>>\nstream\n")
LARGEST = 64 << 20  # bytes; no register comes near it


def write_document(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:

    attached = b"".join(block for block, _count in json_lines.write_json_lines(connection, query))
    rows = list(read_cells(connection, query, guarded=False))
    paper = build_paper(query, rows)
    if attached:
        paper.embed_file(bytes=attached, basename=ROWS, desc="The rows of this register", compress=False)
    yield paper.finish(), len(rows)


def read_document(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Yield the rows that lie inside. Raises ValueError if the document is not whole."""
    content = file.read(LARGEST)
    attached = EMBEDDED.search(content)
    if not content.startswith(b"%PDF-") or not content.rstrip().endswith(b"%%EOF"):
        raise ValueError("This is no whole document.")
    if attached:
        start, size = attached.end(), int(attached[1])
        yield from json_lines.read_json_lines(io.BytesIO(content[start : start + size]))
