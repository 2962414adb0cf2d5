"""Defects of the envelopes: counts, control numbers, headers, and files that are cut off."""

import re
from random import Random

from tests.trust.generator import Sample, wrap, wrap_many
from tests.trust.mutations import Expected, Mutant, codes, kind, line_of
from x12_pa.guides import Guide


def _texts(sample: Sample) -> list[str]:
    return [line.text() for line in sample.lines]


def _file(sample: Sample) -> str:
    return wrap(sample.guide, _texts(sample)).decode("latin-1")


def _lines(sample: Sample) -> list[str]:
    return _file(sample).splitlines()


def _edited(
    sample: Sample,
    pattern: str,
    new: str,
    *names: str,
    line: int | None,
    element: str | None = None,
) -> Mutant:
    """Replace a pattern once; expect one of the codes at a line of the file."""
    text, count = re.subn(pattern, new, _file(sample), count=1, flags=re.MULTILINE)
    assert count == 1, f"{pattern} is not in the file"
    return Mutant(text.encode("latin-1"), Expected(codes=codes(*names), line=line, element=element))


def _without(sample: Sample, name: str, code: str, line: int) -> Mutant:
    kept = [text for text in _lines(sample) if not text.startswith(name + "*")]
    data = "".join(text + "\n" for text in kept)
    return Mutant(data.encode("latin-1"), Expected(codes=codes(code), line=line))


def _end(sample: Sample, after: int = 0) -> int:
    """Return the line of SE, GE (after=1) or IEA (after=2)."""
    return line_of(len(sample.lines) - 1) + after


@kind
def wrong_segment_count(sample: Sample, rng: Random) -> Mutant | None:
    count = str(len(sample.lines) + rng.choice((-1, 1, 10)))
    return _edited(sample, r"^SE\*\d+", f"SE*{count}", "X123", line=_end(sample), element="SE01")


@kind
def segment_count_that_is_no_number(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^SE\*\d+", "SE*TEN", "X123", "X224", line=_end(sample), element="SE01")


@kind
def set_control_number_not_repeated(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^(SE\*\d+)\*0001", r"\1*0002", "X122", line=_end(sample))


@kind
def wrong_set_count(sample: Sample, rng: Random) -> Mutant | None:
    count = rng.choice(("0", "2", "99"))
    return _edited(sample, r"^GE\*1", f"GE*{count}", "X114", line=_end(sample, 1), element="GE01")


@kind
def group_control_number_not_repeated(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^GE\*1\*1", "GE*1*2", "X113", line=_end(sample, 1), element="GE02")


@kind
def wrong_group_count(sample: Sample, rng: Random) -> Mutant | None:
    count = rng.choice(("0", "2"))
    return _edited(sample, r"^IEA\*1", f"IEA*{count}", "X106", line=_end(sample, 2))


@kind
def interchange_control_number_not_repeated(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^IEA\*1\*0", "IEA*1*9", "X105", line=_end(sample, 2))


@kind
def same_set_control_number_twice(sample: Sample, rng: Random) -> Mutant | None:
    texts = _texts(sample)
    where = line_of(len(texts))
    return Mutant(
        wrap_many(sample.guide, [texts, texts]), Expected(codes=codes("X124"), line=where)
    )


@kind
def same_group_control_number_twice(sample: Sample, rng: Random) -> Mutant | None:
    lines = _lines(sample)
    group = lines[1:-1]
    text = "\n".join([lines[0], *group, *group, "IEA*2*000000001~", ""])
    where = len(lines)
    return Mutant(text.encode("latin-1"), Expected(codes=codes("X115"), line=where))


@kind
def same_interchange_control_number_twice(sample: Sample, rng: Random) -> Mutant | None:
    text = _file(sample)
    where = len(text.splitlines()) + 1
    return Mutant((text * 2).encode("latin-1"), Expected(codes=codes("X107"), line=where))


@kind
def cut_inside_a_set(sample: Sample, rng: Random) -> Mutant | None:
    lines = _lines(sample)
    keep = rng.randrange(3, len(lines) - 2)
    text = "".join(line + "\n" for line in lines[:keep])
    return Mutant(text.encode("latin-1"), Expected(codes=codes("X104"), line=keep))


@kind
def cut_inside_a_group(sample: Sample, rng: Random) -> Mutant | None:
    lines = _lines(sample)[:-2]
    text = "".join(line + "\n" for line in lines)
    return Mutant(text.encode("latin-1"), Expected(codes=codes("X104"), line=len(lines)))


@kind
def cut_before_the_end(sample: Sample, rng: Random) -> Mutant | None:
    lines = _lines(sample)[:-1]
    text = "".join(line + "\n" for line in lines)
    return Mutant(text.encode("latin-1"), Expected(codes=codes("X104"), line=len(lines)))


@kind
def set_without_its_end(sample: Sample, rng: Random) -> Mutant | None:
    return _without(sample, "SE", "X121", _end(sample))


@kind
def group_without_its_end(sample: Sample, rng: Random) -> Mutant | None:
    return _without(sample, "GE", "X112", _end(sample, 1))


@kind
def group_of_another_kind(sample: Sample, rng: Random) -> Mutant | None:
    other = "HC" if sample.guide.functional_id != "HC" else "HI"
    return _edited(sample, r"^GS\*\w\w", f"GS*{other}", "X116", line=2, element="GS01")


@kind
def group_of_an_unknown_kind(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^GS\*\w\w", "GS*QQ", "X111", line=2, element="GS01")


@kind
def group_with_an_impossible_date(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"\*20261122\*1400\*1\*X", "*20261322*1400*1*X", "X111", line=2)


@kind
def group_without_its_receiver(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"CLINIC001\*DEMOPAYER\*2026", "CLINIC001**2026", "X111", line=2)


def _renamed(sample: Sample, name: str) -> str:
    guide: Guide = sample.guide
    return _file(sample).replace(f"{guide.id}~", f"{name}~")


@kind
def unknown_guide(sample: Sample, rng: Random) -> Mutant | None:
    text = _renamed(sample, "005010X999")
    return Mutant(text.encode("latin-1"), Expected(codes=codes("X125"), line=3, element="ST03"))


@kind
def wrong_convention(sample: Sample, rng: Random) -> Mutant | None:
    """ST03 is nothing that exists; GS08 is right."""
    if len(sample.lines[0].values) < 3:
        return None
    return _edited(sample, r"^(ST\*\d+\*0001)\*\w+", r"\1*NOTHING", "X215", line=3, element="ST03")


@kind
def unknown_set(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^ST\*\d+", "ST*000", "X125", line=3)


@kind
def set_without_control_number(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^(ST\*\d+\*)0001", r"\1", "X211", line=3, element="ST02")


@kind
def unknown_usage_indicator(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"\*0\*T\*:", "*0*X*:", "X103", line=1, element="ISA15")


@kind
def interchange_with_an_impossible_date(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"\*261122\*1400\*\^", "*261322*1400*^", "X103", line=1, element="ISA09")


@kind
def interchange_control_number_with_letters(sample: Sample, rng: Random) -> Mutant | None:
    text = _file(sample).replace("000000001", "00000000A")
    return Mutant(text.encode("latin-1"), Expected(codes=codes("X103"), line=1, element="ISA13"))


@kind
def interchange_without_an_element(sample: Sample, rng: Random) -> Mutant | None:
    """The header lacks its usage indicator, and with it the width of 106 characters."""
    return _edited(sample, r"\*0\*T\*:", "*0**:", "X103", line=1, element="ISA15")


@kind
def stray_segment_before_the_set(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^ST\*", "REF*EI*000000012~\nST*", "X109", line=3)


@kind
def stray_segment_after_the_group(sample: Sample, rng: Random) -> Mutant | None:
    return _edited(sample, r"^IEA\*", "REF*EI*000000012~\nIEA*", "X109", line=_end(sample, 2))


@kind
def endless_segment(sample: Sample, rng: Random) -> Mutant | None:
    lines = _lines(sample)
    lines[-3:-3] = ["MSG*" + "A" * 1_100_000 + "~"]
    text = re.sub(r"^SE\*\d+", f"SE*{len(sample.lines) + 1}", "\n".join(lines), flags=re.MULTILINE)
    where = _end(sample)
    return Mutant((text + "\n").encode("latin-1"), Expected(codes=codes("X229"), line=where))
