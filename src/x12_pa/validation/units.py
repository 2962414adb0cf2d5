"""The business unit that a segment belongs to, claim or trace, for headings and the CTX of a 999.

Nothing is noted while segments are fine: only when something is found, the segments of the block
are looked at, each once. Source: 005010X231A1, CTX01-01.
"""

from x12_pa.syntax import Block

BUSINESS_UNIT = {"278": ("TRN", 2), "837": ("CLM", 1), "270": ("TRN", 2), "271": ("TRN", 2)}


class Units:
    """Finds the segment that names the business unit, in one transaction set after the other."""

    def __init__(self, set_id: str, mark: str) -> None:
        """Begin before the first segment of a set.

        Args:
            set_id: as in ST01; sets of other kinds have no business units.
            mark: the element separator.
        """
        self._unit = BUSINESS_UNIT.get(set_id)
        self._mark = mark
        name = self._unit[0] if self._unit else ""
        self._start = name + mark
        # A claim belongs to the level it stands in; a trace also speaks for the levels below.
        self._ends = ("ST" + mark, "HL" + mark) if name == "CLM" else ("ST" + mark,)
        self._texts: list[str] = []
        self._seen = -1
        self._found = ""
        self._in_row = False

    def begin(self, block: Block, start: int) -> None:
        """Begin a set at segment `start` of a block; what stands before is not looked at."""
        self._texts, self._seen = block.texts, start - 1
        self._found, self._in_row = "", False

    def turn(self, block: Block) -> None:
        """Go on with the next block, remembering the unit at the end of the last one."""
        if self._unit is not None:
            self._look_back()
        self._texts, self._seen = block.texts, -1

    def context(self, index: int) -> tuple[tuple[str, str], ...]:
        """Return the element that names the unit at `index` of the block, with its value."""
        found = self._at(index)
        if self._unit is None or not found:
            return ()
        parts = [*found.split(self._mark), "", ""]
        return ((f"{self._unit[0]}{self._unit[1]:02}", parts[self._unit[1]]),)

    def _at(self, index: int) -> str:
        """Return the segment that names the unit; of several in a row the first counts."""
        if self._unit is None:
            return ""
        for text in self._texts[self._seen + 1 : index + 1]:
            self._take(text)
        self._seen = max(self._seen, index)
        return self._found

    def _take(self, text: str) -> None:
        if text.startswith(self._start):
            self._found = self._found if self._in_row and self._found else text
            self._in_row = True
        elif text:
            self._in_row = False
            self._found = "" if text.startswith(self._ends) else self._found

    def _look_back(self) -> None:
        """Take the end of the block: from the last segment but one that decides about the unit."""
        begin = len(self._texts)
        deciding = (self._start, *self._ends)
        while begin - 1 > self._seen and not self._texts[begin - 1].startswith(deciding):
            begin -= 1
        while begin - 1 > self._seen and self._texts[begin - 1].startswith(self._start):
            begin -= 1
        begin = max(begin - 1, self._seen + 1)
        for text in self._texts[begin:]:
            self._take(text)
