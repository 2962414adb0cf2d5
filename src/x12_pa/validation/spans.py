"""Where an element, a component or a repetition stands in the text of a segment."""

from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters
from x12_pa.validation.results import Finding

Span = tuple[int, int]
"""Begin and end of a stretch of text, as for a slice."""


def marked(finding: Finding, text: str, marks: Delimiters | None = None) -> Span | None:
    """Return the stretch of a segment that a finding is about.

    None when it is about the whole segment, or about an element that the text does not have.

    Args:
        marks: the separators; without them the element separator is read from the text and the
            others are the usual ones.
    """
    number = (finding.element or "")[-2:]
    name = finding.segment or ""
    if not number.isdigit() or not finding.element or not text.startswith(name):
        return None
    usual = DEFAULT_DELIMITERS
    separator = marks.element if marks else text[len(name) : len(name) + 1]
    if not separator:
        return None
    start, end = 0, len(text)
    found = _part(text, start, end, separator, int(number) + 1)
    if found and finding.repetition and (mark := (marks or usual).repetition):
        found = _part(text, *found, mark, finding.repetition) or found
    if found and finding.component and (mark := (marks or usual).component):
        found = _part(text, *found, mark, finding.component)
    return found


def _part(text: str, start: int, end: int, separator: str, number: int) -> Span | None:
    """Return part `number` (1-based) of a stretch that separators divide."""
    for _ in range(number - 1):
        at = text.find(separator, start, end)
        if at < 0:
            return None
        start = at + len(separator)
    at = text.find(separator, start, end)
    return start, end if at < 0 else at


def window(text: str, span: Span | None, width: int = 110) -> tuple[str, Span | None]:
    """Cut a long segment down to what stands around a stretch; `…` says where it was cut."""
    if len(text) <= width:
        return text, span
    start, end = span or (0, 0)
    end = min(end, start + width)
    left = max(0, min(start - (width - (end - start)) // 2, len(text) - width))
    right = min(len(text), left + width)
    head, tail = "…" if left else "", "…" if right < len(text) else ""
    cut = head + text[left:right] + tail
    moved = (start - left + len(head), min(end, right) - left + len(head)) if span else None
    return cut, moved
