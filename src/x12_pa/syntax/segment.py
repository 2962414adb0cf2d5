"""One segment: its text, where it stands, and 1-based access to its elements.

`NM109` is `segment.element(9)`, `SV101-2` is `segment.component(1, 2)`: numbers are those that
the standard prints. Text is latin-1, so that every byte is one character and offsets in text are
offsets in the file.
"""

from collections.abc import Sequence

from attrs import frozen

from x12_pa.syntax.delimiters import DEFAULT_DELIMITERS, Delimiters

ElementValue = str | Sequence[str]


@frozen
class Segment:
    """A segment as it was read or is to be written.

    Attributes:
        text: the segment without its terminator and without line breaks.
        delimiters: the separators of its interchange.
        offset: byte offset of its first character in the file; 0 for one that was built.
        line: line number in the file, from 1.
    """

    text: str
    delimiters: Delimiters = DEFAULT_DELIMITERS
    offset: int = 0
    line: int = 1

    @property
    def id(self) -> str:
        """The segment id: `NM1`."""
        return self.text.partition(self.delimiters.element)[0]

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements; `elements[0]` is the first one after the segment id."""
        return tuple(self.text.split(self.delimiters.element)[1:])

    def element(self, number: int) -> str:
        """Return element `number` (1-based), or "" when it is absent."""
        parts = self.text.split(self.delimiters.element, number + 1)
        return parts[number] if len(parts) > number else ""

    def component(self, number: int, component: int) -> str:
        """Return a component of element `number`, both 1-based, or "" when it is absent."""
        parts = self.element(number).split(self.delimiters.component)
        return parts[component - 1] if len(parts) >= component else ""

    def repetitions(self, number: int) -> list[str]:
        """Return the repetitions of element `number`; an empty list when it is absent."""
        value = self.element(number)
        if not value:
            return []
        separator = self.delimiters.repetition
        return value.split(separator) if separator else [value]


def segment(
    segment_id: str, *elements: ElementValue, delimiters: Delimiters = DEFAULT_DELIMITERS
) -> Segment:
    """Build a segment; a tuple or list is a composite, empty elements at the end are dropped.

    >>> segment("SV1", ("HC", "73721", "RT"), "", "UN", "1", "").text
    'SV1*HC:73721:RT**UN*1'
    """
    texts = [segment_id]
    for value in elements:
        texts.append(value if isinstance(value, str) else composite(value, delimiters))
    while len(texts) > 1 and not texts[-1]:
        texts.pop()
    return Segment(delimiters.element.join(texts), delimiters)


def composite(components: Sequence[str], delimiters: Delimiters = DEFAULT_DELIMITERS) -> str:
    """Join the components of one composite element; empty ones at the end are dropped."""
    return delimiters.component.join(components).rstrip(delimiters.component)
