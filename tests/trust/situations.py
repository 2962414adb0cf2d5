"""The situational rules of the guides, kept by generated sets.

Only rules whose breach rejects are kept here; those that warn are left to chance.
"""

from collections.abc import Callable

from tests.trust.lines import Home, Line

_SERVICE_LINES = ("SV1", "SV2", "SV3")


def settle(key: str, lines: list[Line]) -> list[Line]:
    """Return the lines with what the situational rules forbid taken out."""
    for rule in _RULES.get(key, ()):
        lines = rule(lines)
    return lines


def _one_kind_of_service(lines: list[Line]) -> list[Line]:
    """Keep one of SV1, SV2, SV3 in each service: another one each time, so that all occur."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        if line.use.id in _SERVICE_LINES:
            found.setdefault(id(line.home), []).append(line)
    dropped: set[int] = set()
    for turn, rivals in enumerate(found.values()):
        keep = rivals[turn % len(rivals)]
        dropped |= {id(line) for line in rivals if line is not keep}
    return [line for line in lines if id(line) not in dropped]


def _answer_is_possible(lines: list[Line]) -> list[Line]:
    """AAA03 = 42 at the top says that nothing follows below it."""
    for line in lines:
        if line.use.id == "AAA" and line.home.parent is not None and "42" in line.values:
            codes = [c for c in line.use.elements[2].codes or () if c != "42"]
            line.values[2] = codes[0] if codes else "42"
    return lines


def _service_type_or_procedure(lines: list[Line]) -> list[Line]:
    for turn, line in enumerate(lines):
        if line.use.id == "EB" and len(line.values) > 12 and line.values[2] and line.values[12]:
            line.values[2 if turn % 2 else 12] = ""
    return lines


def _no_benefits_after_a_rejection(lines: list[Line]) -> list[Line]:
    """A rejected person has no benefits: where there are some, the AAA says Y."""
    with_benefits = {id(_level(line.home)) for line in lines if line.use.id == "EB"}
    for line in lines:
        yes = "Y" in (line.use.elements[0].codes or ())
        if line.use.id == "AAA" and yes and id(_level(line.home)) in with_benefits:
            line.values[0] = "Y"
    return lines


def _level(home: Home) -> Home:
    while home.level is None and home.parent is not None:
        home = home.parent
    return home


def _line_numbers_of_their_own(lines: list[Line]) -> list[Line]:
    """A prior authorization number on a line differs from that of its claim."""
    for turn, line in enumerate(lines):
        if line.use.id == "REF" and line.values[0] == "G1":
            line.values[1] = f"AUTH{turn:06}"
    return lines


_RULES: dict[str, tuple[Callable[[list[Line]], list[Line]], ...]] = {
    "278-request": (_one_kind_of_service,),
    "278-response": (_one_kind_of_service, _answer_is_possible),
    "271": (_service_type_or_procedure, _no_benefits_after_a_rejection),
    "837P": (_line_numbers_of_their_own,),
    "837D": (_line_numbers_of_their_own,),
}
