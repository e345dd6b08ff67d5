"""The archive that a workbook is: what it unpacks to, and what its cells say that their values do not."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator

from usecases.formats.chunks import FileBrokenError
from usecases.formats.limits import BLOCK_BYTES, WORKBOOK_BYTES, WORKBOOK_CELLS
from usecases.formats.zipped import DAMAGES

TOO_LARGE = f"the workbook unpacks to more than {WORKBOOK_BYTES // 1024**2} MB; split it, or save it as CSV or Parquet"

_FORMULA_ALONE = re.compile(
    rb"""<c\s(?![^>]*\st\s*=\s*["']str)[^>]*\br\s*=\s*["']([A-Z]{1,3})\d+["'][^>]*>\s*<f\b[^>]*>[^<]{0,200}</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>"""
)
"""A cell with a formula and no value; an empty text is the value of some."""

_LONGEST_PLACE = 1_000
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,400})(\d{1,400})["']""")
"""A place of a row or cell, also one that no sheet reaches: the reader makes room for it before it looks."""
_TEXTS = re.compile(rb"""uniqueCount\s*=\s*["'](\d{1,400})""")
"""How many texts a workbook says it has, for which the reader makes room likewise."""


_CELL_WITH_VALUE = re.compile(
    rb"""<(?:\w{1,20}:)?c\s+r=["']([A-Z]{1,3})\d{1,7}["']([^>/]{0,200})>"""
    rb"""\s*(?:<(?:\w{1,20}:)?f\b[^>]{0,500}(?:/>|>[^<]{0,8200}</(?:\w{1,20}:)?f>)\s*)?<(?:\w{1,20}:)?v>[^<]"""
)
"""A cell that is not empty: its column, and what is said of it beside its place, of which there are few kinds."""
_ROW = re.compile(rb"<(?:\w{1,20}:)?row\s([^<>]{0,800})>")
_FIRST_BYTES = 4 * 1024**2
"""How much of a sheet is looked at for how its rows and columns are shown, some 20,000 rows."""

_ATTRIBUTE = re.compile(r"""([\w:]{1,30})\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_BUILT_IN_PERCENTS = {"9", "10"}
_NO_SIGNS = re.compile(r"""\"[^"]*\"|\\.|_.|\[[^\[\]]*\]""")
"""Parts of a number format that are text."""
_MOST_BYTES = 16 * 1024**2
"""Size of the lists of formats and sheets up to which they are looked at."""


def require_bounded(content: bytes) -> dict[str, Counter[int]]:
    """Check what a workbook unpacks to before it is: a cell in the last corner makes a sheet of 17 billion.

    Returns
    -------
    dict
        Formulas whose values are not there, by their file in the archive and the number of their column, from 1.
    """
    size = cells = 0
    formulas: dict[str, Counter[int]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                columns = rows = texts = 0
                alone = formulas.setdefault(member.filename, Counter())
                with archive.open(member) as part:
                    rest = b""
                    while block := part.read(BLOCK_BYTES):
                        size += len(block)
                        if size > WORKBOOK_BYTES:
                            raise FileBrokenError(TOO_LARGE)
                        places = _PLACE.findall(text := rest + block)
                        if b"<f" in block:
                            alone.update(map(_number_of, _FORMULA_ALONE.findall(text)))
                        columns = max([columns, *(_number_of(letters) for letters in {place[0] for place in places})])
                        texts = max([texts, *map(int, _TEXTS.findall(text))])
                        rows = max([rows, *(int(digits) for digits in {place[1] for place in places})])
                        rest = block[-_LONGEST_PLACE:]
                if texts > member.file_size:
                    raise FileBrokenError(
                        "the workbook is damaged (it says it has more texts than it holds); save it again"
                    )
                cells += columns * rows
                if cells > WORKBOOK_CELLS:
                    raise FileBrokenError(
                        f"a sheet has {rows:,} rows and {columns:,} columns, with cells in the last ones; at most "
                        f"{WORKBOOK_CELLS:,} cells are read. Delete what lies beside the table, or save it as CSV or Parquet"
                    )
    except DAMAGES as error:
        raise FileBrokenError(f"the workbook is damaged ({error}); save it again") from error
    return formulas


def member_of(content: bytes, sheet: str) -> str | None:
    """Return the file of a sheet in the archive; none where the workbook does not say so as usual."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        places = {one.get("name"): one.get("id") for one in _elements(_text(archive, "xl/workbook.xml"), "sheet")}
        targets = {
            one.get("Id"): one.get("Target", "")
            for one in _elements(_text(archive, "xl/_rels/workbook.xml.rels"), "Relationship")
        }
        target = targets.get(places.get(sheet), "")
        member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        return member if member in archive.namelist() else None


def percent_columns(content: bytes, member: str | None) -> frozenset[int]:
    """Return the columns of a sheet, by their numbers from 1, most of whose numbers are shown in percent: 10 % is 0.1 in them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        styles = _styles_in_percent(_text(archive, "xl/styles.xml"))
        if member is None or not styles:
            return frozenset()
        cells = Counter[tuple[bytes, bytes]]()
        with archive.open(member) as part:
            cells.update(_CELL_WITH_VALUE.findall(part.read(_FIRST_BYTES)))
    balance = Counter[int]()
    for (letters, about), count in cells.items():
        said = _attributes(about.decode(errors="replace"))
        if said.get("t", "n") == "n":
            balance[_number_of(letters)] += count if said.get("s") in styles else -count
    return frozenset(column for column, more in balance.items() if more > 0)


def hidden_rows(content: bytes, member: str | None, below: int) -> list[int]:
    """Return the rows below one, by their numbers from 1, that hold something and that nobody sees who opens the workbook."""
    if member is None:
        return []
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(member) as part:
        said = [about for about in _ROW.findall(part.read(_FIRST_BYTES)) if b"hidden" in about and about[-1:] != b"/"]
    rows = [_attributes(about.decode(errors="replace")) for about in said]
    numbers = [int(row["r"]) for row in rows if row.get("hidden") in {"1", "true"} and row.get("r", "").isdecimal()]
    return [number for number in numbers if number > below]


def _styles_in_percent(styles: str) -> frozenset[str]:
    """Return the numbers of the styles of cells that show a number in percent."""
    formats = {
        one.get("numFmtId", "")
        for one in _elements(styles, "numFmt")
        if "%" in _NO_SIGNS.sub("", one.get("formatCode", ""))
    }
    _, _, of_cells = styles.partition("cellXfs")
    cells = _elements(of_cells.partition("cellXfs")[0], "xf")
    return frozenset(
        str(number) for number, one in enumerate(cells) if one.get("numFmtId") in formats | _BUILT_IN_PERCENTS
    )


def _text(archive: zipfile.ZipFile, member: str) -> str:
    if member not in archive.namelist() or archive.getinfo(member).file_size > _MOST_BYTES:
        return ""
    return archive.read(member).decode(errors="replace")


def _elements(text: str, name: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of elements."""
    yield from map(_attributes, re.findall(rf"<(?:\w{{1,20}}:)?{name}\s([^<>]*)>", text))


def _attributes(text: str) -> dict[str, str]:
    """Return attributes by their names without a prefix.

    >>> _attributes('r:id="rId1" name="A &amp; B"')
    {'id': 'rId1', 'name': 'A & B'}
    """
    return {name.rpartition(":")[2]: html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(text)}


def _number_of(letters: bytes) -> int:
    """Return the number of a column by its letters.

    >>> [_number_of(letters) for letters in (b"A", b"Z", b"aa", b"XFD")]
    [1, 26, 27, 16384]
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number
