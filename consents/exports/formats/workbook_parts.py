"""The fixed parts of an XLSX file: list of sheets, styles, relationships (ECMA-376)."""

from collections.abc import Iterator

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# The pane keeps the headings in sight.
SHEET = (
    f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
SHEET_END = "</sheetData></worksheet>"

# Indexes into cellXfs: default, bold headings, text that stays text when it is edited (quotePrefix).
PLAIN, HEADING, TEXT = range(3)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def get_sheet_path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def build_package_parts(sheets: int, title: str) -> Iterator[tuple[str, str]]:
    """Yield (name, content) of every part that is not a sheet."""
    numbers = range(1, sheets + 1)
    yield "[Content_Types].xml", HEAD + render_content_types(numbers)
    yield "_rels/.rels", HEAD + render_relationships([("rId1", "officeDocument", "xl/workbook.xml")])
    names = "".join(f'<sheet name="{title[:25]} {n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    yield "xl/workbook.xml", f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield (
        "xl/_rels/workbook.xml.rels",
        HEAD + render_relationships([*links, (f"rId{sheets + 1}", "styles", "styles.xml")]),
    )
    yield "xl/styles.xml", HEAD + STYLES


def render_content_types(numbers: range) -> str:
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    kinds += [(get_sheet_path(n), "worksheet") for n in numbers]
    of_parts = "".join(f'<Override PartName="/{name}" ContentType="{DOCUMENT}.{kind}+xml"/>' for name, kind in kinds)
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{of_parts}</Types>'
    )


def render_relationships(links: list[tuple[str, str, str]]) -> str:
    each = "".join(f'<Relationship Id="{id}" Type="{OFFICE}/{kind}" Target="{target}"/>' for id, kind, target in links)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'
