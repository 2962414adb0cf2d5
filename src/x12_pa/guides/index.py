"""Which guide a transaction set follows, and the guides that ship with the package.

The index is the `maps.xml` that pyx12 reads too: interchange version, functional id, guide id and
purpose (BHT02) to a map file. Real files disagree with themselves (GS08 of one guide, ST03 of
another, an A1 suffix left out), so ST03 is believed before GS08, an exact id before a sibling with
another suffix, and the validator reports what did not agree. What our own index lacks is looked
for among the maps of pyx12 (`foreign`), whose rows have `origin` pyx12.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from attrs import frozen
from lxml import etree

from x12_pa.errors import ConfigError
from x12_pa.guides import foreign
from x12_pa.guides.load import load_map, load_segments
from x12_pa.guides.model import Guide, SegmentUse
from x12_pa.resources import data_dir

_BASE_ID = 10  # "005010X222" of "005010X222A1"


@frozen(kw_only=True)
class Entry:
    """One row of the index.

    Attributes:
        version: ISA12.
        guide: the guide id in GS08 and ST03.
        purpose: BHT02, or "" where it does not matter.
        origin: `own`, `partial` or `pyx12`.
    """

    key: str
    file: str
    version: str
    functional_id: str
    set: str
    guide: str
    purpose: str
    origin: str = "own"


@cache
def index() -> tuple[Entry, ...]:
    """Return all rows of the shipped index that name a guide."""
    path = data_dir("maps") / "maps.xml"
    rows = []
    for version in etree.parse(str(path)).getroot().iter("version"):
        for item in version.iter("map"):
            if key := item.get("key"):
                rows.append(
                    Entry(
                        key=key,
                        file=item.text or "",
                        version=version.get("icvn") or "",
                        functional_id=item.get("fic") or "",
                        set=(item.get("abbr") or "")[:3],
                        guide=item.get("vriic") or "",
                        purpose=item.get("tspc") or "",
                        origin="partial" if item.get("partial") else "own",
                    )
                )
    return tuple(rows)


@cache
def foreign_index() -> tuple[Entry, ...]:
    """Return a row for each map of pyx12 whose guide our own index lacks."""
    own = {(row.set, row.guide[:_BASE_ID]) for row in index()}
    return tuple(
        Entry(
            key=row.key,
            file=row.file,
            version=row.version,
            functional_id=row.functional_id,
            set=row.set,
            guide=row.guide,
            purpose=row.purpose,
            origin="pyx12",
        )
        for row in foreign.entries()
        if (row.set, row.guide[:_BASE_ID]) not in own
    )


def guide_keys() -> list[str]:
    """Return the keys of our own guides, in the order of the index."""
    return list(dict.fromkeys(row.key for row in index()))


def foreign_keys() -> list[str]:
    """Return the keys of the guides that are read from pyx12's maps."""
    return list(dict.fromkeys(row.key for row in foreign_index()))


def entry_of(key: str) -> Entry:
    """Return the first row of a guide; a guide of pyx12 is also found without ` (pyx12)`.

    Raises:
        ConfigError: there is no guide of that key.
    """
    for row in index():
        if row.key == key:
            return row
    for row in foreign_index():
        if key in (row.key, row.key.removesuffix(foreign.SUFFIX)):
            return row
    known = ", ".join(guide_keys() + foreign_keys())
    raise ConfigError(f"There is no guide '{key}'. Known guides: {known}.")


def map_path(key: str) -> Path:
    """Return the map file of a guide.

    Raises:
        ConfigError: there is no guide of that key.
    """
    row = entry_of(key)
    return foreign.folder() / row.file if row.origin == "pyx12" else data_dir("maps") / row.file


@cache
def base_guide(key: str) -> Guide:
    """Return the guide of that key, read once.

    Raises:
        ConfigError: there is no such guide, or its map cannot be read.
    """
    return load_map(map_path(key))


@cache
def control_segments() -> dict[str, SegmentUse]:
    """Return the uses of the envelope segments: ISA, GS, GE, IEA and TA1."""
    folder = data_dir("maps")
    return load_segments(folder / "TA1.xml") | load_segments(folder / "x12.control.00501.xml")


@cache
def interchange_versions() -> frozenset[str]:
    """Return the values of ISA12 that some guide, ours or pyx12's, belongs to."""
    return frozenset(row.version for row in (*index(), *foreign_index()))


@cache
def code_lists() -> dict[str, dict[str, str]]:
    """Return the external code lists that ship with the maps: list number to code to label."""
    top = etree.parse(str(data_dir("maps") / "codes.xml")).getroot()
    return {
        item.findtext("id") or "": {
            code.text or "": code.get("label") or "" for code in item.iter("code")
        }
        for item in top.iter("codeset")
    }


def find_entry(
    *,
    set_id: str,
    convention: str,
    version: str,
    functional_id: str,
    purpose: str,
    ids: Callable[[], set[str]] | None = None,
) -> Entry | None:
    """Choose the row for a transaction set, or None when no guide of ours fits.

    Args:
        set_id: ST01.
        convention: ST03, or "".
        version: GS08.
        functional_id: GS01, which decides only between rows that are otherwise equal.
        purpose: BHT02, or "".
        ids: gives the segment ids of the set; asked only when BHT02 does not decide.
    """
    for table in (index, foreign_index):
        rows = [row for row in table() if row.set == set_id]
        for wanted in (convention, version):
            for match in (_exact, same_guide):
                fitting = [row for row in rows if wanted and match(row.guide, wanted)]
                if fitting:
                    return _by_purpose(fitting, purpose, functional_id, ids)
    return None


def _exact(guide: str, wanted: str) -> bool:
    return guide == wanted


def same_guide(guide: str, named: str) -> bool:
    """Tell whether two ids name editions of one guide: `005010X222A1` and `005010X222A2`."""
    return guide == named or (len(named) >= _BASE_ID and guide[:_BASE_ID] == named[:_BASE_ID])


def _by_purpose(
    rows: list[Entry], purpose: str, functional_id: str, ids: Callable[[], set[str]] | None
) -> Entry:
    for row in rows:
        if row.purpose in ("", purpose) and functional_id in ("", row.functional_id):
            return row
    for row in rows:
        if row.purpose in ("", purpose):
            return row
    if ids is None:
        return rows[0]
    there = ids()
    return min(rows, key=lambda row: len(there - base_guide(row.key).segment_ids))
