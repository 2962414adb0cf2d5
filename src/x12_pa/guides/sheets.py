"""The cells of a CSV file or of the first sheet of an XLSX workbook, as text.

An XLSX file is a ZIP of XML; reading its cells takes a page of code, so there is no library for it.
Formulas give their stored result. Sizes are limited: a workbook may come from anybody.

Source: ECMA-376, Part 1, chapter 18.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from x12_pa.errors import DocumentError

MOST_BYTES = 20_000_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile(r"([A-Z]{1,3})\d+")
_MOST_COLUMNS = 200


def read_rows(data: bytes) -> list[list[str]]:
    """Return the rows of a spreadsheet; which kind it is, its first bytes tell.

    Raises:
        DocumentError: it is neither CSV nor XLSX, or too large.
    """
    if data.startswith(b"PK"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise DocumentError("This is an old .xls workbook; save it as .xlsx or CSV.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise DocumentError("This is neither CSV nor an .xlsx workbook.")
    sample = text.partition("\n")[0]
    separator = max(",;\t", key=sample.count)
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as problem:
        raise DocumentError(f"This is not CSV: {problem}.") from None


def _workbook(data: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            shared = _shared(archive)
            sheets = sorted(
                (name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")),
                key=lambda name: (len(name), name),
            )
            if not sheets:
                raise DocumentError("The workbook has no sheet.")
            return list(_sheet(_part(archive, sheets[0]), shared))
    except (zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, ValueError, IndexError):
        raise DocumentError("The workbook is damaged; save it again, or as CSV.") from None


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element:
    """Parse one part, without entities and not beyond the limit."""
    with archive.open(name) as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise DocumentError("The workbook is too large; save the table alone as CSV.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(data, parser)


def _shared(archive: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist():
        return []
    return [_text(item) for item in _part(archive, name).iter(f"{_MAIN}si")]


def _text(node: etree._Element) -> str:
    """Join the runs of a text, without the reading aids of East Asian scripts."""
    runs = (item for item in node.iter(f"{_MAIN}t") if not _is_aid(item))
    return "".join(item.text or "" for item in runs)


def _is_aid(node: etree._Element) -> bool:
    parent = node.getparent()
    return parent is not None and parent.tag == f"{_MAIN}rPh"


def _sheet(top: etree._Element, shared: list[str]) -> Iterator[list[str]]:
    for row in top.iter(f"{_MAIN}row"):
        cells: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
            place = _COLUMN.match(cell.get("r") or "")
            at = _number(place[1]) if place else len(cells)
            if at >= _MOST_COLUMNS:
                break
            cells += [""] * (at + 1 - len(cells))
            cells[at] = _value(cell, shared)
        yield cells


def _number(letters: str) -> int:
    """Return the number of a column from 0: A, B … Z, AA."""
    total = 0
    for letter in letters:
        total = total * 26 + ord(letter) - ord("A") + 1
    return total - 1


def _value(cell: etree._Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _text(cell)
    text = cell.findtext(f"{_MAIN}v") or ""
    return shared[int(text)] if kind == "s" and text else text
