"""Tables that people open in a spreadsheet: CSV that it takes for UTF-8, and workbooks made of it.

Every cell of a workbook is text in a cell of text, but counts: zeros and plus stay, and nothing is
a formula. What was guarded in the CSV stays guarded: somebody may save it as CSV again.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, BinaryIO
from xml.sax.saxutils import escape

from wards.base.tables import headings

BOM = "\ufeff"  # a spreadsheet takes a CSV without it for another encoding
MOST_ROWS = 1_048_576  # of a sheet
LONGEST = 32_767  # characters of a cell
LOOKED_AT = 50  # rows that say how wide the columns are
_COUNT = re.compile(r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,4})?")
_PHONE = re.compile(r"'\+[0-9][0-9 ()-]*")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TYPES = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# Around the sheet: the same in every workbook. Styles: 0 as it is, 1 text, 2 text that is a head.
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_TYPES}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_TYPES}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_TYPES}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Wardbell" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/styles.xml": f'<styleSheet {_MAIN}><fonts count="2"><font><sz val="11"/></font>'
    '<font><b/><sz val="11"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" xfId="0"/><xf numFmtId="49" xfId="0" '
    'applyNumberFormat="1"/><xf numFmtId="49" fontId="1" xfId="0" applyNumberFormat="1" '
    'applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" '
    'builtinId="0"/></cellStyles></styleSheet>',
}


def workbook_of(file: BinaryIO, *, rtl: bool) -> IO[bytes]:
    """A workbook of what a CSV of ours holds, in a file of its own; `rtl`: from right to left."""
    made = TemporaryFile()  # noqa: SIM115  (whoever takes it closes it)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        rows = csv.reader(text)
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for name, content in PARTS.items():
                archive.writestr(name, _HEAD + content)
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                for piece in _sheet(rows, rtl=rtl):
                    sheet.write(piece.encode())
    finally:
        text.detach()
    made.seek(0)
    return made


def _sheet(rows: Iterator[list[str]], *, rtl: bool) -> Iterator[str]:
    first = list(islice(rows, LOOKED_AT))
    header = first[0] if first else []
    direction = ' rightToLeft="1"' if rtl else ""
    yield (
        f'{_HEAD}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0"{direction}>'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        f"</sheetViews>{_widths(first)}<sheetData>"
    )
    counts = [headings.meaning(name) not in headings.HEADINGS for name in header]
    for number, row in enumerate(islice(chain(first, rows), MOST_ROWS)):
        yield _row(row, [] if number == 0 else counts, 1 if number else 2)
    yield "</sheetData></worksheet>"


def _widths(rows: list[list[str]]) -> str:
    if not rows or not rows[0]:
        return ""
    widths = [
        min(60, 2 + max(len(row[place]) for row in rows if place < len(row)))
        for place in range(len(rows[0]))
    ]
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(widths, 1)
    )
    return f"<cols>{columns}</cols>"


def _row(cells: Sequence[str], counts: Sequence[bool], style: int) -> str:
    """Counts of things as numbers, all else as text."""
    found = []
    for place, cell in enumerate(cells):
        if not cell:
            found.append("<c/>")
        elif place < len(counts) and counts[place] and _COUNT.fullmatch(cell):
            found.append(f"<c><v>{cell}</v></c>")
        else:
            text = cell[1:] if _PHONE.fullmatch(cell) else cell
            text = escape(_NO_XML.sub("", text)[:LONGEST])
            found.append(
                f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
            )
    return f"<row>{''.join(found)}</row>"
