"""Lists and sets whose memory does not grow with the file.

A file may hold a million transaction sets. What is known of each is small, but a million of them is
not, so `Flat` keeps only the newest in memory and the rest in an anonymous temporary file: counts,
guide names and control numbers, nothing of a patient. `Seen` remembers which control numbers have
occurred as ranges, because numbers nearly always count up.
"""

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Generic, TypeVar, overload

T = TypeVar("T")

IN_MEMORY = 4_000
BATCH = 1_000
STRAY_NUMBERS = 100_000


class Flat(Sequence[T], Generic[T]):
    """A list that is only appended to and read in order; old items move to disk.

    An item may change until the next one is appended. After `refuse`, items are marked refused as
    they are read.
    """

    def __init__(self, items: Iterable[T] = (), *, on_disk: bool = True) -> None:
        """Start with these items; `on_disk` False keeps all in memory."""
        self._items: list[T] = list(items)
        self._on_disk = on_disk
        self._file: IO[bytes] | None = None
        self._stored = 0
        self._refused = False

    def append(self, item: T) -> None:
        """Add an item; those before it are final now."""
        self._items.append(item)
        if self._on_disk and len(self._items) > IN_MEMORY:
            self._store()

    def refuse(self) -> None:
        """Mark every item as refused: something above it has an error."""
        self._refused = True

    def _store(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="x12-pa-")  # noqa: SIM115 - kept open
        old = self._items[:BATCH]
        try:
            pickle.dump(old, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        except TypeError:
            return  # an item that itself lies partly on disk stays in memory
        del self._items[:BATCH]
        self._stored += len(old)

    def _all(self) -> Iterator[T]:
        if self._file is not None:
            self._file.seek(0)
            read = 0
            while read < self._stored:
                batch: list[T] = pickle.load(self._file)  # noqa: S301 - our own temporary file
                read += len(batch)
                yield from batch
            self._file.seek(0, 2)
        yield from self._items

    def __iter__(self) -> Iterator[T]:
        for item in self._all():
            if self._refused:
                item.refused = True  # type: ignore[attr-defined]
            yield item

    def __len__(self) -> int:
        return self._stored + len(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and -len(self._items) <= index < 0:
            item = self._items[index]
            if self._refused:
                item.refused = True  # type: ignore[attr-defined]
            return item
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Flat({list(self)!r})" if len(self) <= BATCH else f"Flat of {len(self)}"

    def __reduce__(self) -> Any:
        if self._file is not None:
            raise TypeError("a list that lies on disk is not copied")
        return _restore, (self._items, self._refused, self._on_disk)

    __hash__ = None  # type: ignore[assignment]


def _restore(items: list[Any], refused: bool, on_disk: bool) -> "Flat[Any]":
    found = Flat(items, on_disk=on_disk)
    if refused:
        found.refuse()
    return found


class Seen:
    """Which control numbers have occurred; numbers that count up cost nothing."""

    def __init__(self) -> None:
        """Start with none."""
        self._low, self._high = 0, -1
        self._others: set[str] = set()

    def again(self, text: str) -> bool:
        """Remember a number; return whether it occurred before.

        Beyond `STRAY_NUMBERS` that do not count up no further ones are remembered.
        """
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
        if number is not None:
            if self._high < self._low:
                self._low = self._high = number
                return False
            if number == self._high + 1:
                self._high = number
                return text in self._others
            if self._low <= number <= self._high:
                return True
        if text in self._others:
            return True
        if len(self._others) < STRAY_NUMBERS:
            self._others.add(text)
        return False
