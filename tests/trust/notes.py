"""X12 syntax notes such as `P0304`, worked out again, apart from the validator. Source: X12.6."""


def note_parts(note: str) -> tuple[str, list[int]]:
    return note[0], [int(note[at : at + 2]) for at in range(1, len(note), 2)]


def broken(note: str, spots: set[int]) -> bool:
    """Tell whether a syntax note is broken by elements that are there. Source: X12.6, 3.8.3.4."""
    kind, numbers = note_parts(note)
    there = sum(number in spots for number in numbers)
    if kind == "P":
        return 0 < there < len(numbers)
    if kind == "R":
        return there == 0
    if kind == "E":
        return there > 1
    rest = [number in spots for number in numbers[1:]]
    if numbers[0] not in spots:
        return False
    return not all(rest) if kind == "C" else not any(rest)
