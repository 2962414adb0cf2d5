"""Segment uses to regular expressions: the fast check of a valid segment.

One anchored expression says everything that a guide says about the elements of one segment use:
usage, types, lengths, code values, formats. A segment that matches is right; one that does not is
looked at again, element by element, by `validation.elements`, which says what is wrong. So an
expression may refuse a right segment (a leap day in an odd form, say) but must never accept a
wrong one. What an expression cannot say cheaply (check digits, order of two dates, syntax notes)
is a short list of functions beside it.

Required elements stand one after the other; the optional ones after the last required element are
nested, so that a segment may end anywhere. Text that is wrong in the same way everywhere (control
characters, blanks before a separator) is looked for in whole blocks, not here.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache, reduce

from x12_pa.guides.codesets import code_list, lists_by_qualifier
from x12_pa.guides.expressions import is_plain, matches
from x12_pa.guides.model import COMPOSITE, ElementUse, SegmentUse
from x12_pa.guides.npi import npi_check
from x12_pa.guides.syntax_notes import Check, is_live, note_numbers, notes_check
from x12_pa.syntax import Delimiters

_YEAR = r"(?:1[89]|20|21)\d\d"
_DAY = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
)
_CLOCK = r"(?:[01]\d|2[0-3])[0-5]\d"
DATE8 = _YEAR + _DAY
DATE6 = r"\d\d" + _DAY
TIME = _CLOCK + r"(?:[0-5]\d(?:\d{1,2})?)?"
_PERIOD = f"(?:{DATE8}(?:-{DATE8}|{_CLOCK}(?:-{DATE8}{_CLOCK})?)?|{_CLOCK})"
_RANGE = re.compile(r"(?<!\d)(\d{8}|\d{12})-(\d{8}|\d{12})(?!\d)")
# Which values a date format qualifier (data element 1250) may stand before: checked by looking
# ahead from the qualifier, so that D8 with a range and RD8 with a single date are both refused.
_AHEAD = {
    "D8": r"D8(?={0}\d{{8}}(?![\d-]))",
    "RD8": r"RD8(?={0}\d{{8}}-)",
    "DT": r"DT(?={0}\d{{12}}(?!\d))",
    "TM": r"TM(?={0}\d{{4}}(?!\d))",
}
DATE_FORMAT, DATE_PERIOD, ID_QUALIFIER, ID_VALUE = "1250", "1251", "66", "67"


def segment_pattern(use: SegmentUse, delimiters: Delimiters) -> re.Pattern[str]:
    """Compile the check of one segment use for one set of separators."""
    # A segment that an outline does not cover is never plain: it is told, not judged.
    if use.usage == "N" or "partial" in use.notes:
        return _compile("(?!)")
    used = _without_tail(use.elements)
    parts = [_element(item, delimiters) for item in used]
    pairs = {note_numbers(note)[0] for note in _folded(use)}
    return _compile(re.escape(use.id) + _sequence(used, parts, delimiters.element, pairs))


@lru_cache(maxsize=4096)
def _compile(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


def _without_tail(elements: Sequence[ElementUse]) -> list[ElementUse]:
    """Leave out the elements at the end that the guide does not use."""
    used = list(elements)
    while used and used[-1].usage == "N":
        used.pop()
    return used


def _last_required(uses: Sequence[ElementUse]) -> int:
    return max((number for number, use in enumerate(uses, 1) if use.usage == "R"), default=0)


def _folded(use: SegmentUse) -> list[str]:
    """Return the syntax notes that the expression says: optional neighbours that come in pairs."""
    used = _without_tail(use.elements)
    last, found = _last_required(used), []
    for note in use.syntax:
        first, *others = note_numbers(note)
        optional = last < first < len(used) and used[first - 1].usage != "N"
        if note[0] == "P" and others == [first + 1] and optional and used[first].usage != "N":
            found.append(note)
    return found


def _sequence(
    uses: Sequence[ElementUse],
    parts: Sequence[str],
    separator: str,
    pairs: Container[int] = frozenset(),
) -> str:
    """Join element patterns: flat up to the last required one, nested after it.

    What is optional is `(?:…|)`, which Python's engine reads faster than `(?:…)?`.

    Args:
        pairs: numbers of optional elements of which the next one is there exactly when they are.
    """
    sep = re.escape(separator)
    last = _last_required(uses)
    flat = "".join(
        f"{sep}{part}" if use.usage == "R" else f"{sep}(?:{part}|)" if part else sep
        for use, part in zip(uses[:last], parts[:last], strict=True)
    )
    tail = list(parts[last:])
    same = len(tail)
    while same and tail[same - 1] == tail[-1] and last + same - 1 not in pairs:
        same -= 1
    nested = f"(?:{sep}(?:{tail[-1]}|)){{0,{len(tail) - same}}}" if tail else ""
    for number, part in reversed([*enumerate(tail[:same], last + 1)]):
        if number in pairs:
            nested = f"(?:{sep}(?:(?P<p{number}>{part})|){nested}|)"
        elif number - 1 in pairs:
            first = f"(?(p{number - 1})"
            nested = f"(?:{sep}{first}{part}|){nested}|{first}(?!)|))"
        else:
            nested = f"(?:{sep}(?:{part}|){nested}|)" if part else f"(?:{sep}{nested}|)"
    return flat + nested


def _element(use: ElementUse, delimiters: Delimiters) -> str:
    """Return the pattern of one element with its repetitions; "" when it must be empty."""
    if use.usage == "N":
        return ""
    if use.type == COMPOSITE:
        one = _composite(use, delimiters)
    else:
        one = _simple(use, delimiters, delimiters.element)
    if use.repeat == 1 or not delimiters.repetition:
        return one
    more = "*" if use.repeat is None else f"{{0,{use.repeat - 1}}}"
    return f"(?:{one})(?:{re.escape(delimiters.repetition)}(?:{one})){more}"


def _composite(use: ElementUse, delimiters: Delimiters) -> str:
    used = _without_tail(use.components)
    parts = [
        "" if item.usage == "N" else _component(used, index, delimiters)
        for index, item in enumerate(used)
    ]
    # The first component carries no separator before it.
    text = _sequence(used, parts, delimiters.component)
    sep = re.escape(delimiters.component)
    if used and used[0].usage == "R":
        return text.removeprefix(sep)
    return rf"(?!{re.escape(delimiters.element)}|$)" + _strip_first(used, parts, sep)


def _component(uses: Sequence[ElementUse], index: int, delimiters: Delimiters) -> str:
    """Return the pattern of a component; a qualifier looks at the code that it is about."""
    use = uses[index]
    text = _simple(use, delimiters, delimiters.component)
    sep, end = re.escape(delimiters.component), f"(?:{_any_separator(delimiters)}|$)"
    after = uses[index + 1] if index + 1 < len(uses) else None
    if use.codes and after is not None and (lists := qualified_lists(after)):
        forms = {code: list_pattern(lists[code]) for code in use.codes if code in lists}
        options = [
            re.escape(code) + (f"(?={sep}(?:{form}){end})" if (form := forms.get(code)) else "")
            for code in use.codes
        ]
        return "(?:" + "|".join(options) + ")"
    if after is not None and after.codes and (lists := qualified_lists(use)):
        forms = {code: form for code in after.codes if (form := list_pattern(lists.get(code, "")))}
        options = [f"(?:{form})(?={sep}{re.escape(code)})" for code, form in forms.items()]
        known = "|".join(map(re.escape, forms))
        return f"(?:{'|'.join(options)}|{text}(?!{sep}(?:{known})))" if forms else text
    return text


def qualified_lists(use: ElementUse) -> dict[str, str]:
    """Return the external list of a code by the qualifier beside it."""
    return lists_by_qualifier(use.notes.get("external_by_qualifier", ""))


def list_pattern(number: str) -> str:
    """Return the expression of the codes of an external list; "" when nothing is known of it."""
    known = code_list(number) if number else None
    if known is None:
        return ""
    return code_pattern(known.values) if known.values else known.form or ""


def _strip_first(uses: Sequence[ElementUse], parts: Sequence[str], sep: str) -> str:
    """Join components when the first one may be empty: `::X` still starts with component 1."""
    first = f"(?:{parts[0]}|)" if parts and parts[0] else ""
    rest = "".join(f"(?:{sep}(?:{part}|)" if part else f"(?:{sep}" for part in parts[1:])
    return first + rest + "|)" * (len(parts) - 1)


def _simple(use: ElementUse, delimiters: Delimiters, separator: str) -> str:
    """Return the pattern of one value without repetitions."""
    if use.data_element == DATE_FORMAT and use.codes and set(use.codes) <= set(_AHEAD):
        ahead = "|".join(_AHEAD[code].format(re.escape(separator)) for code in use.codes)
        return f"(?:{ahead})"
    if use.codes:
        return code_pattern(use.codes)
    asked = use.pattern if use.pattern and is_plain(use.pattern, _marks(delimiters)) else ""
    forms = [form for form in (asked, list_pattern(use.external or "")) if form]
    end = f"(?:{_any_separator(delimiters)}|$)"
    return "".join(f"(?=(?:{form}){end})" for form in forms) + _typed(use, delimiters)


def _marks(delimiters: Delimiters) -> str:
    return delimiters.element + delimiters.component + delimiters.repetition


def _any_separator(delimiters: Delimiters) -> str:
    marks = (delimiters.element, delimiters.component, delimiters.repetition)
    return "[" + "".join(re.escape(mark) for mark in marks if mark) + "]"


def _typed(use: ElementUse, delimiters: Delimiters) -> str:
    low, high = use.min, use.max
    if use.data_element == DATE_PERIOD:
        return _PERIOD
    if use.type.startswith("N"):
        return rf"-?\d{{{low},{high}}}"
    if use.type == "R":
        point = rf"(?=[\d.]{{{low + 1},{high + 1}}}(?![\d.]))\d*\.\d+"
        return rf"-?(?:\d{{{low},{high}}}(?!\.)|{point})"
    if use.type == "DT":
        return DATE8 if low == 8 else DATE6
    if use.type == "TM":
        return TIME
    marks = (delimiters.element, delimiters.component, delimiters.repetition)
    excluded = "".join(re.escape(mark) for mark in marks if mark)
    return f"[^{excluded}]{{{low},{high}}}"


def code_pattern(codes: Iterable[str]) -> str:
    """Return an expression that matches exactly these codes, grouped by their first characters.

    >>> code_pattern(["A1", "A2", "CT"])
    '(?:A(?:1|2)|CT)'
    """
    return _group(sorted(set(codes)))


def _group(codes: list[str]) -> str:
    heads: dict[str, list[str]] = {}
    for code in codes:
        heads.setdefault(code[:1], []).append(code[1:])
    options = []
    for head, tails in heads.items():
        rest = [tail for tail in tails if tail]
        text = re.escape(head)
        if len(rest) == 1 and "" not in tails:
            text += re.escape(rest[0])
        elif rest:
            text += _group(rest) + ("?" if "" in tails else "")
        options.append(text)
    return options[0] if len(options) == 1 else "(?:" + "|".join(options) + ")"


def segment_check(use: SegmentUse, delimiters: Delimiters) -> Check | None:
    """Return one check for all that the expression of a segment use cannot say, or None."""
    checks: list[Check] = []
    if any(_is_npi_pair(a, b) for a, b in zip(use.elements, use.elements[1:], strict=False)):
        checks.append(npi_check(delimiters.element))
    simple = [part for item in use.elements for part in (item, *item.components)]
    if any(item.data_element == DATE_PERIOD for item in simple):
        checks.append(_range_check())
    notes = [note for note in use.syntax if is_live(note, use.elements)]
    notes = [note for note in notes if note not in _folded(use)]
    if notes:
        checks.append(notes_check(notes, delimiters.element))
    if any(_is_asked_aside(item, delimiters) for item in _with_components(use.elements)):
        checks.append(_form_check(use, delimiters))
    return reduce(_both, checks) if checks else None


def _both(first: Check, second: Check) -> Check:
    return lambda text: first(text) and second(text)


def _with_components(elements: Iterable[ElementUse]) -> Iterator[ElementUse]:
    for item in elements:
        yield item
        yield from item.components


def _is_asked_aside(use: ElementUse, delimiters: Delimiters) -> bool:
    """Tell whether a profile's form cannot stand in the expression of the whole segment."""
    return use.pattern is not None and not is_plain(use.pattern, _marks(delimiters))


def _form_check(use: SegmentUse, delimiters: Delimiters) -> Check:
    """Return the check of the forms that could run on beyond their own element."""
    wanted = [
        (number, index, part.pattern)
        for number, item in enumerate(use.elements, 1)
        for index, part in enumerate(item.components or [item])
        if part.pattern is not None and _is_asked_aside(part, delimiters)
    ]

    def check(text: str) -> bool:
        parts = text.split(delimiters.element)
        for number, index, pattern in wanted:
            whole = parts[number] if number < len(parts) else ""
            for item in whole.split(delimiters.repetition or delimiters.segment):
                pieces = item.split(delimiters.component)
                value = pieces[index] if index < len(pieces) else ""
                if value and not matches(pattern, value):
                    return False
        return True

    return check


def _is_npi_pair(qualifier: ElementUse, value: ElementUse) -> bool:
    pair = (qualifier.data_element, value.data_element)
    return pair == (ID_QUALIFIER, ID_VALUE) and "XX" in (qualifier.codes or ())


def _range_check() -> Check:
    """Check every range in a segment; what looks like one elsewhere is cleared by a closer look."""

    def check(text: str) -> bool:
        if "-" not in text:
            return True
        return all(first <= second for first, second in _RANGE.findall(text))

    return check
