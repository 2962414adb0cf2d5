"""Pass over a transaction set that no guide is known for."""

from x12_pa.syntax import Block


class Skipper:
    """Counts the segments of a set that no guide is known for."""

    def __init__(self, element: str) -> None:
        """Start before the ST of a set whose elements are separated so."""
        self.count, self.done, self.trailer = 0, False, ""
        self._envelope = tuple(name + element for name in ("ISA", "GS", "ST", "GE", "IEA"))
        self._end = "SE" + element

    def begin(self, block: Block, index: int) -> None:
        """Take the ST segment."""
        self.count = 1

    def run(self, block: Block, start: int) -> int:
        """Pass segments from `start` on; return the index of the first that was not taken."""
        for index in range(start, len(block.texts)):
            text = block.texts[index]
            if text.startswith(self._envelope):
                return index
            self.count += bool(text)
            if text.startswith(self._end):
                self.done, self.trailer = True, text
                return index + 1
        return len(block.texts)
