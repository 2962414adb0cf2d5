"""The syntax notes of a segment: which of its elements need, ask for or exclude each other."""

from collections.abc import Callable, Sequence

from x12_pa.guides.model import ElementUse

Check = Callable[[str], bool]


def note_numbers(note: str) -> list[int]:
    """Return the element numbers of a syntax note: `P0304` gives 3 and 4."""
    return [int(note[at : at + 2]) for at in range(1, len(note), 2)]


def is_live(note: str, elements: Sequence[ElementUse]) -> bool:
    """Tell whether a syntax note can be broken at all, given what the guide requires or forbids."""
    usages = [
        elements[number - 1].usage if number <= len(elements) else "N"
        for number in note_numbers(note)
    ]
    kind = note[:1]
    if kind == "P":
        return len(set(usages)) > 1 or usages[0] == "S"
    if kind == "R":
        return "R" not in usages
    if kind == "E":
        return sum(usage != "N" for usage in usages) > 1
    if usages[0] == "N":
        return False
    return not all(u == "R" for u in usages[1:]) if kind == "C" else "R" not in usages[1:]


def note_broken(note: str, present: Callable[[int], bool]) -> bool:
    """Tell whether a syntax note is broken.

    Args:
        note: such as `C0302`: kind, then two-digit element numbers.
        present: tells whether the element of that number has a value.
    """
    kind, numbers = note[:1], note_numbers(note)
    there = [present(number) for number in numbers]
    if kind == "P":
        return any(there) and not all(there)
    if kind == "R":
        return not any(there)
    if kind == "E":
        return sum(there) > 1
    if kind == "C":
        return there[0] and not all(there[1:])
    return there[0] and not any(there[1:])


def notes_check(notes: Sequence[str], element: str) -> Check:
    """Return the check of the syntax notes of a segment."""
    floor = min(map(_floor, notes))  # a segment that ends before it breaks none of them
    pairs = [note_numbers(note) for note in notes if note[0] == "P" and len(note) == 5]
    rest = [note for note in notes if note[0] != "P" or len(note) != 5]
    least = min(map(_floor, rest), default=99)

    def check(text: str) -> bool:
        if text.count(element) < floor:
            return True
        parts = text.split(element)
        size = len(parts)
        for left, right in pairs:
            if (left < size and parts[left] != "") != (right < size and parts[right] != ""):
                return False
        if size <= least:
            return True

        def present(number: int) -> bool:
            return number < size and bool(parts[number])

        return not any(note_broken(note, present) for note in rest)

    return check


def _floor(note: str) -> int:
    """Return the least number of elements that a segment must have to break a note."""
    numbers = note_numbers(note)
    if note[0] == "R":
        return 0
    return sorted(numbers)[1] if note[0] == "E" else min(numbers) if note[0] == "P" else numbers[0]
