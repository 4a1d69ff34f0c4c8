"""The parts of an XLSX file around its rows: widths, filters, print settings, list of sheets, styles (ECMA-376)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from consents.exports.describing import Column, Type

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
A4 = 9
PAGE_WIDTH = 190  # letters across a landscape page that can still be read

WIDTHS = {
    Type.CODE: 22,
    Type.UUID: 38,
    Type.MOMENT: 20,
    Type.DAY: 12,
    Type.TEXT: 36,
    Type.LIST: 28,
    Type.JSON: 48,
    Type.HASH: 24,
}

# Indexes into cellXfs: default, bold headings, text that stays text when it is edited (quotePrefix), moments, days, and
# text that is broken into lines.
PLAIN, HEADING, TEXT, MOMENT, DAY, WRAPPED = range(6)
TOP = '<alignment vertical="top"/>'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF2"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">{TOP}</xf>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment vertical="center"/></xf>'
    f'<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1">{TOP}</xf>'
    f'<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">'
    '<alignment horizontal="left" vertical="top"/></xf>'
    f'<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">'
    '<alignment horizontal="left" vertical="top"/></xf>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1" '
    'quotePrefix="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Sheet(NamedTuple):
    """A sheet of the book. `rows`: below its headings. `has_key`: its first column tells the rows apart."""

    path: str
    name: str
    columns: int
    rows: int
    has_key: bool = False

    @property
    def area(self) -> str:
        return f"'{self.name}'!$A$1:${name_column(self.columns)}${self.rows + 1}"

    @property
    def titles(self) -> str:
        """Return what every printed page repeats: the headings, and the column that tells the rows apart."""
        return f"'{self.name}'!$A:$A,'{self.name}'!$1:$1" if self.has_key else f"'{self.name}'!$1:$1"


def choose_width(column: Column) -> int:
    """Return a width in letters that shows what the column usually holds, and its heading beside the filter's arrow."""
    longest = max((len(code) for code in column.values), default=0) + 2
    return max(len(column.name) + 5, WIDTHS.get(column.type, 10), min(longest, 36) if column.type == Type.CODE else 0)


def render_sheet_head(widths: Sequence[int]) -> str:
    """Render what stands before the rows. `widths`: in letters. The pane keeps the headings in sight."""
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, 1)
    )
    return (
        f'<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView '
        'workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        f"</sheetViews><cols>{columns}</cols><sheetData>"
    )


def render_sheet_end(widths: Sequence[int], title: str, rows: int, *, has_key: bool = False) -> str:
    """Render what follows the rows: their filter, and how they are printed, on as few pages as can be read."""
    repeated = widths[0] if has_key else 0
    area = f"A1:{name_column(len(widths))}{rows + 1}"
    pages = max(1, -(-(sum(widths) - repeated) // (PAGE_WIDTH - repeated)))
    return (
        f'</sheetData><autoFilter ref="{area}"/>'
        '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="{A4}" orientation="landscape" fitToWidth="{pages}" fitToHeight="0"/>'
        f"<headerFooter><oddHeader>&amp;L{escape(title)}</oddHeader><oddFooter>&amp;R&amp;P / &amp;N</oddFooter>"
        "</headerFooter></worksheet>"
    )


def name_column(number: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def get_sheet_path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def build_package_parts(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    """Yield (name, content) of every part that is not a sheet."""
    yield "[Content_Types].xml", HEAD + render_content_types([sheet.path for sheet in sheets])
    yield "_rels/.rels", HEAD + render_relationships([("rId1", "officeDocument", "xl/workbook.xml")])
    yield "xl/workbook.xml", HEAD + render_sheet_list(sheets)
    links = [(f"rId{n}", "worksheet", sheet.path.removeprefix("xl/")) for n, sheet in enumerate(sheets, 1)]
    links.append((f"rId{len(sheets) + 1}", "styles", "styles.xml"))
    yield "xl/_rels/workbook.xml.rels", HEAD + render_relationships(links)
    yield "xl/styles.xml", HEAD + STYLES


def render_sheet_list(sheets: Sequence[Sheet]) -> str:
    """Render the list of sheets, each with its filter and what every printed page repeats."""
    listed = "".join(f'<sheet name="{sheet.name}" sheetId="{n}" r:id="rId{n}"/>' for n, sheet in enumerate(sheets, 1))
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{n}" hidden="1">{sheet.area}</definedName>'
        for n, sheet in enumerate(sheets)
    )
    titles = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n}">{sheet.titles}</definedName>'
        for n, sheet in enumerate(sheets)
    )
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets>'
        f"<definedNames>{filters}{titles}</definedNames></workbook>"
    )


def render_content_types(paths: Sequence[str]) -> str:
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles"), *((path, "worksheet") for path in paths)]
    of_parts = "".join(f'<Override PartName="/{name}" ContentType="{DOCUMENT}.{kind}+xml"/>' for name, kind in kinds)
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{of_parts}</Types>'
    )


def render_relationships(links: Sequence[tuple[str, str, str]]) -> str:
    each = "".join(f'<Relationship Id="{id}" Type="{OFFICE}/{kind}" Target="{target}"/>' for id, kind, target in links)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'
