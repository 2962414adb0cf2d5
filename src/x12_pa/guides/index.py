"""Which guide a transaction set follows, and the guides that ship with the package.

The index is the `maps.xml` that pyx12 reads too: interchange version, functional id, guide id and
purpose (BHT02) to a map file. Real files disagree with themselves (GS08 of one guide, ST03 of
another, an A1 suffix left out), so ST03 is believed before GS08, an exact id before a sibling with
another suffix, and the validator reports what did not agree.
"""

from functools import cache
from pathlib import Path

from attrs import frozen
from lxml import etree

from x12_pa.errors import ConfigError
from x12_pa.guides.load import load_map, load_segments
from x12_pa.guides.model import Guide, SegmentUse
from x12_pa.resources import data_dir

_BASE_ID = 10  # "005010X222" of "005010X222A1"


@frozen(kw_only=True)
class Entry:
    """One row of the index; `purpose` is BHT02, or "" where it does not matter."""

    key: str
    file: str
    version: str
    functional_id: str
    set: str
    guide: str
    purpose: str


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
                    )
                )
    return tuple(rows)


def guide_keys() -> list[str]:
    """Return the keys of the shipped guides, in the order of the index."""
    return list(dict.fromkeys(row.key for row in index()))


def map_path(key: str) -> Path:
    """Return the map file of a guide.

    Raises:
        ConfigError: there is no guide of that key.
    """
    for row in index():
        if row.key == key:
            return data_dir("maps") / row.file
    known = ", ".join(guide_keys())
    raise ConfigError(f"There is no guide '{key}'. Known guides: {known}.")


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
    *, set_id: str, convention: str, version: str, functional_id: str, purpose: str
) -> Entry | None:
    """Choose the row for a transaction set, or None when no guide of ours fits.

    Args:
        set_id: ST01.
        convention: ST03, or "".
        version: GS08.
        functional_id: GS01, which decides only between rows that are otherwise equal.
        purpose: BHT02, or "".
    """
    rows = [row for row in index() if row.set == set_id]
    for wanted in (convention, version):
        for match in (_exact, _sibling):
            fitting = [row for row in rows if wanted and match(row.guide, wanted)]
            if fitting:
                return _by_purpose(fitting, purpose, functional_id)
    return None


def _exact(guide: str, wanted: str) -> bool:
    return guide == wanted


def _sibling(guide: str, wanted: str) -> bool:
    return len(wanted) >= _BASE_ID and guide[:_BASE_ID] == wanted[:_BASE_ID]


def _by_purpose(rows: list[Entry], purpose: str, functional_id: str) -> Entry:
    for row in rows:
        if row.purpose in ("", purpose) and functional_id in ("", row.functional_id):
            return row
    for row in rows:
        if row.purpose in ("", purpose):
            return row
    return rows[0]
