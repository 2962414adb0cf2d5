"""A second opinion: the same file through pyx12, both verdicts side by side.

pyx12 is another program by other people, so where both agree a verdict is worth more, and where
they differ one of them is wrong and worth a look. It runs in a process of its own with a time
limit: whatever it does with a file, our verdict stands. For claims (837P, 837I), 835, 834, 820,
999 and 277CA it uses its own maps; it has none for 278, 270, 271 and 837D of 5010, so there it
reads ours, and only its engine is a second opinion. pyx12 tells a 278 request from a response for
4010 alone; a file that holds both is run twice, each time with one of the two maps.

What pyx12 says may quote values, so its words are kept only on demand; codes and places always.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from attrs import define, frozen
from lxml import etree

from x12_pa.guides import Profile
from x12_pa.resources import data_dir
from x12_pa.validation.engine import validate
from x12_pa.validation.results import FileResult, TransactionResult

SCHEMA = "x12-pa/second-opinion/1"
SECONDS = 600.0
# What is known of pyx12 4.0.0, for whoever has to judge a disagreement.
LIMITS = (
    "pyx12 checks no NPI check digits and no claim totals",
    "pyx12 does not split elements at the repetition separator",
    "pyx12 takes lengths from the data dictionary, not from the guide",
    "pyx12 reads a file with the separators of its first interchange, and not on when these change",
)


@frozen(kw_only=True)
class Objection:
    """One error of the other program; its words only when PHI may be shown."""

    code: str
    line: int
    segment: str
    element: str | None = None
    message: str = ""


@frozen(kw_only=True)
class SetOpinion:
    """Both verdicts on one transaction set.

    Attributes:
        ours: whether we find no error in the set itself; faults of the envelopes are left aside.
        theirs: the same of pyx12; None when it gave no verdict.
        map: whose map pyx12 used: `pyx12` or `x12-pa`.
    """

    interchange: str
    group: str
    control: str
    set: str
    guide: str | None
    ours: bool
    theirs: bool | None
    our_codes: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()
    map: str | None = None

    @property
    def agreed(self) -> bool | None:
        """Whether the verdicts are the same; None without a second one."""
        return None if self.theirs is None else self.ours == self.theirs


@frozen(kw_only=True)
class Opinion:
    """Both verdicts on one file.

    Attributes:
        envelopes_ours, envelopes_theirs: whether headers and trailers are without error.
        problem: why there is no second verdict, or None.
    """

    path: str
    engine: str
    sets: tuple[SetOpinion, ...]
    envelopes_ours: bool
    envelopes_theirs: bool | None
    problem: str | None = None

    @property
    def disagreements(self) -> int:
        """How many sets the two judge differently."""
        return sum(item.agreed is False for item in self.sets)

    @property
    def agreed(self) -> bool | None:
        """Whether all verdicts are the same; None when one is missing."""
        if self.problem or any(item.agreed is None for item in self.sets):
            return None
        return self.disagreements == 0 and self.envelopes_ours == self.envelopes_theirs


@frozen
class _Verdicts:
    """What one run of pyx12 said: objections by set, in order, and those to the envelopes."""

    sets: list[tuple[str, list[Objection]]]
    envelopes: list[Objection]
    problem: str | None = None


def second_opinion(
    path: str | Path,
    *,
    profile: Profile | None = None,
    result: FileResult | None = None,
    show_phi: bool = False,
    seconds: float = SECONDS,
) -> Opinion:
    """Judge a file with our validator and with pyx12.

    Args:
        profile: companion guide for our side; pyx12 knows none.
        result: our result, when it is there already.
        seconds: time limit for pyx12.

    Raises:
        NotX12: the file does not begin with an interchange.
        OSError: it cannot be read.
    """
    path = Path(path)
    if result is None:
        with path.open("rb") as stream:
            result = validate(stream, profile=profile, path=str(path))
    ours = list(_our_sets(result))
    kinds = sorted({_variant(item) for _, _, item in ours} or {"request"})
    runs = {kind: _run(path, kind, show_phi, seconds) for kind in kinds}
    sets = tuple(_beside(number, *one, runs, result) for number, one in enumerate(ours))
    first = runs[kinds[0]]
    return Opinion(
        path=str(path),
        engine=f"pyx12 {metadata.version('pyx12')}",
        sets=sets,
        envelopes_ours=not any(f.severity == "error" and f.code < "X12" for f in result.findings),
        envelopes_theirs=None if first.problem else not first.envelopes,
        problem=next((run.problem for run in runs.values() if run.problem), None),
    )


def _our_sets(result: FileResult) -> Iterator[tuple[str, str, TransactionResult]]:
    for interchange in result.interchanges:
        for group in interchange.groups:
            for item in group.transactions:
                yield interchange.control, group.control, item


def _variant(item: TransactionResult) -> str:
    """Return which of the two 278 maps a set needs; the others do not care."""
    return "response" if (item.set, item.kind) == ("278", "response") else "request"


def _beside(
    number: int,
    interchange: str,
    group: str,
    item: TransactionResult,
    runs: dict[str, _Verdicts],
    result: FileResult,
) -> SetOpinion:
    """Put the verdict of pyx12 on the set of that number beside ours."""
    run = runs[_variant(item)] if _variant(item) in runs else next(iter(runs.values()))
    found = run.sets[number] if number < len(run.sets) and not run.problem else None
    there = found is not None and found[0] == item.control
    codes = [
        f.code
        for f in result.findings
        if f.severity == "error"
        and (f.interchange, f.group, f.transaction) == (interchange, group, item.control)
    ]
    return SetOpinion(
        interchange=interchange,
        group=group,
        control=item.control,
        set=item.set,
        guide=item.guide,
        ours=item.errors == 0,
        theirs=not found[1] if found and there else None,
        our_codes=tuple(dict.fromkeys(codes)),
        objections=tuple(found[1]) if found and there else (),
        map=_owner(item.guide),
    )


# The maps that pyx12 reads


def _shipped() -> Path:
    return Path(str(resources.files("pyx12").joinpath("map")))


def _rows(folder: Path) -> Iterator[etree._Element]:
    """Yield the rows of a map index whose map is there."""
    for row in etree.parse(str(folder / "maps.xml")).getroot().iter("map"):
        if row.text and (folder / row.text).exists() and row.get("vriic"):
            yield row


def _owner(guide: str | None) -> str | None:
    """Return whose map pyx12 uses for a guide."""
    if guide is None:
        return None
    return "pyx12" if any(row.get("vriic") == guide for row in _rows(_shipped())) else "x12-pa"


def _lay_out_maps(target: Path, kind: str) -> None:
    """Make a folder of pyx12's maps and, for what it has none, ours."""
    theirs, ours = _shipped(), data_dir("maps")
    for path in [*theirs.glob("*.xml"), *theirs.glob("*.xsd")]:
        shutil.copy(path, target)
    known = {(row.get("vriic"), row.get("fic")) for row in _rows(theirs)}
    index = etree.parse(str(theirs / "maps.xml"))
    version = next(v for v in index.getroot().iter("version") if v.get("icvn") == "00501")
    for row in _rows(ours):
        other = "request" if kind == "response" else "response"
        if (row.get("vriic"), row.get("fic")) in known or (row.get("key") or "").endswith(other):
            continue
        shutil.copy(ours / str(row.text), target / f"x12-pa.{row.text}")
        entry = etree.SubElement(version, "map")
        for name in ("vriic", "fic", "abbr"):
            entry.set(name, row.get(name) or "")
        entry.text = f"x12-pa.{row.text}"
    index.write(str(target / "maps.xml"))
    _add_elements(target / "dataele.xml", ours / "dataele.xml")


def _add_elements(target: Path, source: Path) -> None:
    """Add the data elements that pyx12's dictionary lacks."""
    tree = etree.parse(str(target))
    root = tree.getroot()
    known = {item.get("ele_num") for item in root.iter("data_ele")}
    for item in etree.parse(str(source)).getroot().iter("data_ele"):
        if item.get("ele_num") not in known:
            root.append(item)
    tree.write(str(target))


# The run


def _run(path: Path, kind: str, show_phi: bool, seconds: float) -> _Verdicts:
    """Run pyx12 on a file in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="x12-pa-opinion-") as folder:
        _lay_out_maps(Path(folder), kind)
        command = [sys.executable, "-m", "x12_pa.validation.opinion", str(path), folder]
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return _Verdicts([], [], f"pyx12 took longer than {seconds:,.0f} s and was stopped")
    if done.returncode:
        return _Verdicts([], [], _why(done.stderr.decode("utf-8", "replace")))
    return _read(json.loads(done.stdout), show_phi)


def _why(said: str) -> str:
    """Return why pyx12 gave up: the kind of its exception, without its words, which quote data."""
    last = said.strip().rpartition("\n")[2]
    name = last.partition(":")[0].rpartition(".")[2]
    if "Map not found" in last:
        return "pyx12 has no map for a guide in this file, and neither have we"
    return f"pyx12 stopped with {name or 'an error'}; it gives no verdict on this file"


@define
class _Reader:
    """Reads pyx12's JSON; everything counts once, at the set or the envelope that it stands in."""

    show_phi: bool

    def errors(self, node: dict[str, Any], segment: str, element: str | None = None) -> list[Any]:
        return [
            Objection(
                code=str(error["err_cde"]),
                line=int(node.get("cur_line") or 0),
                segment=segment,
                element=element,
                message=str(error["err_str"]) if self.show_phi else "",
            )
            for error in node["errors"]
        ]

    def set_errors(self, node: dict[str, Any]) -> list[Objection]:
        found = self.errors(node, "ST")
        for segment in node["segments"]:
            name = str(segment["seg_id"])
            found += self.errors(segment, name)
            for element in segment["elements"]:
                place = f"{name}{int(element['ele_pos'] or 0):02}"
                line = {"cur_line": segment["cur_line"], "errors": element["errors"]}
                found += self.errors(line, name, place)
        return found


def _read(said: dict[str, Any], show_phi: bool) -> _Verdicts:
    reader, sets, envelopes = _Reader(show_phi), [], []
    for interchange in said["interchanges"]:
        envelopes += reader.errors(interchange, "ISA")
        for group in interchange["groups"]:
            envelopes += reader.errors(group, "GS")
            for item in group["transactions"]:
                sets.append((str(item["trn_set_control_num"]), reader.set_errors(item)))
    return _Verdicts(sets, envelopes)


def _child(arguments: Sequence[str]) -> int:
    """Run pyx12 here and write what it says as JSON to stdout."""
    import logging

    import pyx12.params
    import pyx12.x12n_document

    logging.disable(logging.CRITICAL)
    path, folder = arguments
    # pyx12 reads text; latin-1 keeps every byte.
    with open(path, encoding="latin-1") as source, tempfile.TemporaryFile("w+") as said:
        pyx12.x12n_document.x12n_document(
            pyx12.params.ParamsBase(), source, None, None, fd_json=said, map_path=folder
        )
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout)
    return 0


# What people read


def render_opinion(opinion: Opinion, *, most: int = 5) -> Iterator[str]:
    """Yield the lines of a side-by-side view; sets that both accept are only counted."""
    yield f"{opinion.path}: second opinion by {opinion.engine}"
    if opinion.problem:
        yield f"  {opinion.problem}"
    fine = sum(item.ours and item.theirs is True for item in opinion.sets)
    rest = [item for item in opinion.sets if not (item.ours and item.theirs)]
    if fine:
        yield f"  {fine} set{'' if fine == 1 else 's'}: accepted by both"
    for item in rest:
        yield from _set_lines(item, most)
    yield (
        f"  envelopes: x12-pa {_word(opinion.envelopes_ours)}, "
        f"pyx12 {_word(opinion.envelopes_theirs)}"
    )
    if opinion.disagreements:
        yield "  Before you believe either side: " + "; ".join(LIMITS) + "."


def _set_lines(item: SetOpinion, most: int) -> Iterator[str]:
    agreed = {True: "agreed", False: "DISAGREED", None: "no second verdict"}[item.agreed]
    whose = f", map of {item.map}" if item.map == "x12-pa" else ""
    yield f"  set {item.control} ({item.set} {item.guide or 'unknown guide'}{whose}): {agreed}"
    yield f"    x12-pa {_word(item.ours)} {' '.join(item.our_codes)}".rstrip()
    yield f"    pyx12  {_word(item.theirs)}"
    for said in item.objections[:most]:
        words = f": {said.message}" if said.message else ""
        yield f"      line {said.line} {said.element or said.segment} code {said.code}{words}"
    if len(item.objections) > most:
        yield f"      and {len(item.objections) - most} more"


def _word(verdict: bool | None) -> str:
    return {True: "accepts", False: "rejects", None: "gives no verdict"}[verdict]


def opinion_json(opinion: Opinion) -> dict[str, Any]:
    """Return an opinion as the published JSON."""
    from attrs import asdict

    found = {"schema": SCHEMA, "agreed": opinion.agreed, **asdict(opinion)}
    for row, item in zip(found["sets"], opinion.sets, strict=True):
        row["agreed"] = item.agreed
    return found


if __name__ == "__main__":
    sys.exit(_child(sys.argv[1:]))
