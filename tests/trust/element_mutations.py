"""Defects inside one segment: values, lengths, formats, syntax notes."""

from random import Random

from attrs import evolve

from tests.trust.generator import Sample
from tests.trust.lines import Line
from tests.trust.mutations import (
    Expected,
    Mutant,
    Spot,
    at,
    changed,
    codes,
    kind,
    pick,
    put,
)
from tests.trust.notes import broken, note_parts
from tests.trust.values import value as right_value
from x12_pa.guides import COMPOSITE, ElementUse

_COUPLED = ("1250", "66")  # qualifiers that say how the next value is read


def _free_text(spot: Spot) -> bool:
    """A filled value that only its type and length bind, and strictly."""
    if "tolerate_length" in spot.use.notes:
        return False
    plain = spot.use.type in ("AN", "ID") and not spot.use.codes and spot.value != ""
    return plain and spot.use.data_element != "1251" and spot.before != "XX"


def _replaced(sample: Sample, spot: Spot | None, value: str, *names: str) -> Mutant | None:
    if spot is None:
        return None
    return changed(sample, put(sample, spot, value), at(spot, *names))


def _must(spot: Spot) -> bool:
    return spot.use.usage == "R" and "tolerate_absent" not in spot.use.notes


@kind
def drop_required_element(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.component is None and _must(s) and s.value != "")
    if spot is None or (sample.guide.set, spot.element) == ("278", "BHT02"):
        return None
    lines = list(sample.lines)
    values = list(spot.line.values)
    values[spot.number - 1] = ""
    lines[spot.index] = evolve(spot.line, values=values)
    return changed(sample, lines, at(spot, "X211"))


@kind
def drop_required_composite(sample: Sample, rng: Random) -> Mutant | None:
    found = [
        (index, line, number)
        for index, line in enumerate(sample.lines)
        for number, use in enumerate(line.use.elements, 1)
        if use.type == COMPOSITE and use.usage == "R" and line.use.qualifier is None
    ]
    if not found:
        return None
    index, line, number = rng.choice(found)
    values = list(line.values)
    values[number - 1] = ""
    lines = list(sample.lines)
    lines[index] = evolve(line, values=values)
    where = range(index + 1, index + 2)
    element = f"{line.use.id}{number:02}"
    return changed(
        sample, lines, Expected(codes=codes("X211"), numbers=where, element=element, component=None)
    )


@kind
def drop_required_component(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(
        rng,
        sample,
        lambda s: (
            s.component is not None
            and _must(s)
            and s.value != ""
            and s.line.values[s.number - 1].split("^")[0].replace(":", "") != s.value
        ),
    )
    return _replaced(sample, spot, "", "X211")


@kind
def unknown_code(sample: Sample, rng: Random) -> Mutant | None:
    def test(s: Spot) -> bool:
        # BHT02 tells a 278 request from its response: with a wrong one, nobody knows which it is.
        told = (sample.guide.set, s.element) == ("278", "BHT02")
        return bool(s.use.codes and s.value) and s.use.data_element not in _COUPLED and not told

    spot = pick(rng, sample, test)
    return _replaced(sample, spot, _no_code(spot.use) if spot else "", "X215")


def _no_code(use: ElementUse) -> str:
    """Return a value as long as may be that is none of the codes of an element."""
    return next(value for c in "QZX0" if (value := c * use.max) not in (use.codes or ()))


@kind
def unknown_code_as_qualifier_of_a_date_or_identifier(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(
        rng,
        sample,
        lambda s: bool(s.use.codes) and s.value != "" and s.use.data_element in _COUPLED,
    )
    return _replaced(sample, spot, "QQ", "X215")


@kind
def code_in_small_letters(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: bool(s.use.codes) and s.value.lower() != s.value)
    return _replaced(sample, spot, spot.value.lower() if spot else "", "X215")


@kind
def text_too_long(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, _free_text)
    return _replaced(sample, spot, "L" * (spot.use.max + 1 if spot else 1), "X213")


@kind
def text_too_short(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _free_text(s) and s.use.min > 1)
    return _replaced(sample, spot, "S" * (spot.use.min - 1 if spot else 1), "X212")


@kind
def number_too_long(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _is_number(s) and s.value != "")
    return _replaced(sample, spot, "9" * (spot.use.max + 1 if spot else 1), "X213")


def _is_number(spot: Spot) -> bool:
    return not spot.use.codes and (spot.use.type == "R" or spot.use.type.startswith("N"))


@kind
def words_for_a_number(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _is_number(s) and s.value != "")
    return _replaced(sample, spot, "X", "X224")


@kind
def comma_in_a_number(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.type == "R" and s.use.max > 3 and s.value != "")
    return _replaced(sample, spot, "1,5", "X224")


@kind
def point_in_a_whole_number(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(
        rng, sample, lambda s: s.use.type.startswith("N") and s.use.max > 2 and s.value != ""
    )
    return _replaced(sample, spot, "1.5", "X224")


@kind
def impossible_date(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.type == "DT" and s.use.max == 8 and s.value != "")
    day = rng.choice(("20261301", "20260231", "20270229", "20260100", "00000000", "2026112X"))
    return _replaced(sample, spot, day, "X216")


@kind
def impossible_date_of_a_qualifier(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.data_element == "1251" and s.before == "D8")
    day = rng.choice(("20261301", "20260431", "20230229", "26010101", "2026-1-1", "2026013"))
    return _replaced(sample, spot, day, "X216")


@kind
def range_where_a_day_is_announced(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.data_element == "1251" and s.before == "D8")
    return _replaced(sample, spot, "20260101-20260131", "X216")


@kind
def day_where_a_range_is_announced(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.data_element == "1251" and s.before == "RD8")
    return _replaced(sample, spot, "20260101", "X216")


@kind
def range_that_runs_backwards(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.data_element == "1251" and s.before == "RD8")
    return _replaced(sample, spot, "20260131-20260130", "X228")


@kind
def impossible_time(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.type == "TM" and s.value != "")
    return _replaced(sample, spot, rng.choice(("2400", "1260", "09:1", "09H1", "12000")), *_TIMES)


_TIMES = ("X217", "X220")  # "09:1" is two components as well


@kind
def control_character(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _free_text(s) and len(s.value) > 1)
    if spot is None:
        return None
    mark = rng.choice("\x01\x07\x0b\x1b")
    expected = evolve(at(spot, "X230"), component=None, loop=None)
    return changed(sample, put(sample, spot, spot.value[0] + mark + spot.value[2:]), expected)


@kind
def wrong_npi_check_digit(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.data_element == "67" and s.before == "XX")
    if spot is None:
        return None
    digit = str((int(spot.value[-1]) + rng.randint(1, 9)) % 10)
    return _replaced(sample, spot, spot.value[:-1] + digit, "X501")


@kind
def npi_of_nine_digits(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.use.data_element == "67" and s.before == "XX")
    return _replaced(sample, spot, spot.value[:-1] if spot else "", "X501")


def _forbidden(spot: Spot) -> bool:
    return spot.use.usage == "N" and "tolerate_used" not in spot.use.notes


@kind
def not_used_element(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _forbidden(s) and s.component is None)
    return _replaced(sample, spot, "1" * max(spot.use.min if spot else 1, 1), "X218")


@kind
def not_used_component(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _forbidden(s) and s.component is not None)
    return _replaced(sample, spot, "1", "X218")


@kind
def component_in_a_simple_element(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: _free_text(s) and s.component is None and s.use.max > 3)
    return _replaced(sample, spot, "A:B", "X220")


@kind
def extra_element(sample: Sample, rng: Random) -> Mutant | None:
    index = rng.randrange(1, len(sample.lines) - 1)
    line = sample.lines[index]
    size = len(line.use.elements)
    values = [*line.values, *[""] * (size - len(line.values)), "EXTRA"]
    lines = list(sample.lines)
    lines[index] = evolve(line, values=values)
    where = range(index + 1, index + 2)
    return changed(
        sample,
        lines,
        Expected(
            codes=codes("X219"),
            numbers=where,
            segment=line.use.id,
            element=f"{line.use.id}{size + 1:02}",
        ),
    )


@kind
def extra_component(sample: Sample, rng: Random) -> Mutant | None:
    spot = pick(rng, sample, lambda s: s.component is not None)
    if spot is None:
        return None
    size = len(spot.line.use.elements[spot.number - 1].components)
    beyond = evolve(spot, component=size + 1)
    expected = evolve(at(spot, "X220"), component=None)
    return changed(sample, put(sample, beyond, "X"), expected)


@kind
def extra_repetition(sample: Sample, rng: Random) -> Mutant | None:
    # BHT02 tells a 278 request from its response: with a wrong one, nobody knows which it is.
    told = "BHT02" if sample.guide.set == "278" else ""
    spot = pick(rng, sample, lambda s: _may_repeat_too_often(s) and s.element != told)
    if spot is None:
        return None
    line, limit = spot.line, spot.line.use.elements[spot.number - 1].repeat or 0
    values = list(line.values)
    first = values[spot.number - 1].split("^")[0]
    values[spot.number - 1] = "^".join([first] * (limit + 1))
    lines = list(sample.lines)
    lines[spot.index] = evolve(line, values=values)
    return changed(sample, lines, evolve(at(spot, "X221"), component=None))


def _may_repeat_too_often(spot: Spot) -> bool:
    limit = spot.line.use.elements[spot.number - 1].repeat
    coupled = spot.use.data_element in (*_COUPLED, "1251") or spot.before == "XX"
    return limit is not None and spot.value != "" and not coupled


def _break_note(letter: str, sample: Sample, rng: Random) -> Mutant | None:
    """Empty (for E: fill) one element so that exactly one syntax note breaks."""
    found: list[tuple[Line, int, str, int]] = []
    for index, line in enumerate(sample.lines):
        there = {n for n, text in enumerate(line.values, 1) if text}
        for note in line.use.syntax:
            name, numbers = note_parts(note)
            for number in numbers if name == letter else ():
                told = line.use.qualifier is not None and number == 1
                if told or line.use.elements[number - 1].usage != "S":
                    continue
                after = there | {number} if letter == "E" else there - {number}
                now = [other for other in line.use.syntax if broken(other, after)]
                if now == [note] and after != there and after:
                    found.append((line, number, note, index))
    if not found:
        return None
    line, number, note, index = rng.choice(found)
    use = line.use.elements[number - 1]
    value = right_value(rng, use, "") if letter == "E" else ""
    values = [*line.values, *[""] * (number - len(line.values))]
    values[number - 1] = value
    lines = list(sample.lines)
    lines[index] = evolve(line, values=values)
    expected = Expected(
        codes=codes("X223" if letter == "E" else "X222"),
        numbers=range(index + 1, index + 2),
        segment=line.use.id,
    )
    return changed(sample, lines, expected)


@kind
def paired_note(sample: Sample, rng: Random) -> Mutant | None:
    return _break_note("P", sample, rng)


@kind
def required_note(sample: Sample, rng: Random) -> Mutant | None:
    return _break_note("R", sample, rng)


@kind
def exclusion_note(sample: Sample, rng: Random) -> Mutant | None:
    return _break_note("E", sample, rng)


@kind
def conditional_note(sample: Sample, rng: Random) -> Mutant | None:
    return _break_note("C", sample, rng)


@kind
def list_conditional_note(sample: Sample, rng: Random) -> Mutant | None:
    return _break_note("L", sample, rng)
