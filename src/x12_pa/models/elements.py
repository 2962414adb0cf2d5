"""The elements of one segment use, as the separators of a file divide them into cells.

A *cell* is one component of one repetition of an element, and is named by (element, component,
repetition), all 1-based. Where the guide knows neither components nor repetitions, the whole
element is one cell, named by its number, whatever separators stand in it.
"""

from collections.abc import Iterator

from attrs import define, field

from x12_pa.guides import ElementUse, SegmentUse
from x12_pa.syntax import Delimiters

Cell = int | tuple[int, int, int]
Taken = set[Cell]


@define(eq=False)
class Elements:
    """One segment use for one set of separators."""

    use: SegmentUse
    marks: Delimiters
    _simple: tuple[bool, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Note which elements are one cell each."""
        uses = self.use.elements
        simple = [not (use.components or self._repeats(use)) for use in uses]
        self._simple = (True, *simple)

    def _repeats(self, use: ElementUse) -> bool:
        return use.repeat != 1 and bool(self.marks.repetition)

    def at(self, number: int, component: int | None = None) -> ElementUse | None:
        """Return what the guide says about an element, or about a component of it."""
        elements = self.use.elements
        use = elements[number - 1] if 0 < number <= len(elements) else None
        if use is None or component is None or not use.components:
            return use
        return use.components[component - 1] if component <= len(use.components) else None

    def simple(self, number: int) -> bool:
        """Say whether an element is one cell; those beyond the guide's are."""
        return self._simple[number] if number < len(self._simple) else True

    def whole(self, text: str) -> bool:
        """Say whether no separator divides a text, so that it is one cell in any case."""
        marks = self.marks
        return marks.component not in text and (
            not marks.repetition or marks.repetition not in text
        )

    def cell(self, number: int, component: int) -> Cell:
        """Return the name of a cell of the first repetition."""
        if component == 1 and self.simple(number):
            return number
        return number, component, 1

    def cells(self, number: int, text: str) -> Iterator[tuple[Cell, bool, str]]:
        """Take an element apart: cell, whether it is the first component, and what it holds."""
        use = self.at(number)
        if use is None or self.simple(number):
            yield number, True, text
            return
        for repetition, whole in enumerate(self._repetitions(use, text), 1):
            parts = whole.split(self.marks.component) if use.components else [whole]
            for component, value in enumerate(parts, 1):
                if value:
                    yield (number, component, repetition), component == 1, value

    def _repetitions(self, use: ElementUse, text: str) -> list[str]:
        return text.split(self.marks.repetition) if self._repeats(use) else [text]

    def text(self, parts: list[str], number: int, component: int) -> str:
        """Return what a cell of the first repetition holds, or ""."""
        whole = parts[number] if number < len(parts) else ""
        if not whole or self.simple(number):
            return whole if component == 1 else ""
        use = self.use.elements[number - 1]
        found = self._repetitions(use, whole)[0]
        if not use.components:
            return found if component == 1 else ""
        members = found.split(self.marks.component)
        return members[component - 1] if component <= len(members) else ""

    def left_over(self, parts: list[str], taken: Taken) -> str:
        """Name the elements with a cell that nobody took and that is no constant of the guide."""
        left = ""
        for number, text in enumerate(parts):
            if text and number not in taken and self._left(number, text, taken):
                left += f"{', ' if left else ''}{self.use.id}{number:02d}"
        return left

    def _left(self, number: int, text: str, taken: Taken) -> bool:
        if (number, 1, 1) in taken and self.whole(text):
            return False
        for cell, _, value in self.cells(number, text):
            if cell not in taken:
                use = self.at(number, 1 if isinstance(cell, int) else cell[1])
                if use is None or use.codes is None or (value,) != use.codes:
                    return True
        return False
