"""Operators that look beyond one message: earlier ones, its request, registries, running counts.

Each asks a hook (`guides.hooks`) and is undecided (`Unknown`) without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from x12_pa.guides.checks import GIVE_HISTORY, Breach, Unknown, View, found_at, values_at
from x12_pa.guides.hooks import DIRECTION, Keys, Message
from x12_pa.guides.paths import other_message
from x12_pa.guides.windows import add_period

PARTNER = "partner.interchanges"
# Where a request names the one before it, and what it wants of it.
# Source: 005010X217, 2000E UM02 and the REF and TRN beside it.
CERTIFICATION_TYPE = "2000E/UM02"
INITIAL, CANCEL = "I", "3"
EDITS = ("S", "4")
REFERS = ("2000E/REF[BB]/02", "2000E/REF[NT]/02", "2000E/TRN/02")
_TAKE_IN = "Take it in with x12-pa ingest"
# Where a response names its request. Source: 005010X217, 005010X279A1.
ANSWERS = {
    "278-response": ("BHT03", "2000E/TRN/02"),
    "271": ("BHT03", "2000C/TRN/02"),
}


def keys_at(view: View, paths: Sequence[str]) -> Keys:
    """Return the values at paths, without those that have none."""
    found = {path: tuple(values_at(view, path)) for path in paths}
    return {path: values for path, values in found.items() if values}


@frozen
class Unique:
    """A value stands once in a scope; with `single` all values of a scope are one."""

    path: str
    over: str
    window: str | None = None
    single: bool = False
    operator: str = "unique"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that stood before, here or in the history of the partner."""
        known = view.memory(self, "@file" if self.over == PARTNER else self.over)
        undecided: Unknown | None = None
        for item, value in found_at(view, self.path):
            if self.single:
                if known.setdefault("first", value) != value:
                    expected = f"{self.path} must be the same throughout"
                    yield Breach(path=self.path, item=item, value=value, expected=expected)
                continue
            again = value in known
            known[value] = True
            try:
                again = (again and not self._told_otherwise) or self._seen(view, value)
            except Unknown as problem:
                undecided = problem
                continue
            if again:
                expected = f"{self.path} must not repeat a value used before"
                yield Breach(path=self.path, item=item, value=value, expected=expected)
        if undecided is not None:
            raise undecided

    @property
    def _told_otherwise(self) -> bool:
        """Whether every file is checked for it: ISA13 repeated in one file is X107."""
        return self.path == "ISA13"

    def _seen(self, view: View, value: str) -> bool:
        if self.over != PARTNER:
            return False
        history = view.hooks.history
        if history is None:
            raise Unknown("no history of interchanges with the partner is given", GIVE_HISTORY)
        since = add_period(view.today(), self.window, -1) if self.window else None
        found = history.seen(self.path, value, keys_at(view, DIRECTION), since)
        if found is None:
            raise Unknown(
                f"the values of {self.path} in earlier interchanges are not known",
                "Bring back the files that the ledger names",
            )
        return found


@frozen
class Lookup:
    """Every value at a path is in a registry, or what the registry says of it is as expected."""

    path: str
    name: str
    others: tuple[str, ...] = ()
    equals: Any = field(default=None, eq=False)
    operator: str = "lookup"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path, and what it is looked up with."""
        return (self.path, *self.others)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that the registry does not confirm."""
        look = view.hooks.lookups.get(self.name)
        undecided = False
        for item, value in found_at(view, self.path):
            if look is None:
                raise Unknown(
                    f"no registry '{self.name}' is loaded",
                    f"Name its file with --lookup {self.name}=FILE",
                )
            # All paths, those without a value too: registries go by their order.
            answer = look(value, {path: values_at(view, path) for path in self.others})
            if answer is None:
                undecided = True
                continue
            good = bool(answer) if self.equals is None else str(answer) == str(self.equals)
            if not good:
                what = f" as {self.equals}" if self.equals is not None else ""
                expected = f"{self.path} must be in the registry {self.name}{what}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)
        if undecided:
            raise Unknown(
                f"the registry '{self.name}' does not know a value of {self.path}",
                "Add it to the registry",
            )


@frozen
class Transition:
    """An update agrees with the request that it refers to and with the last answer to it."""

    immutable: tuple[str, ...] = ()
    forbid_added: tuple[str, ...] = ()
    edit_if: tuple[str, ...] = ()
    cancel_if: tuple[str, ...] = ()
    operator: str = "transition"
    scope: str = CERTIFICATION_TYPE.partition("/")[0]

    @property
    def paths(self) -> tuple[str, ...]:
        """What is compared, and what tells the earlier request."""
        return (CERTIFICATION_TYPE, *REFERS, *self.immutable, *self.forbid_added)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield what an update changes or adds, and one that comes in the wrong state."""
        for item, kind in view.find(CERTIFICATION_TYPE)[:1]:
            if kind != INITIAL:
                earlier = _earlier(view)
                yield from self._state(item, kind, earlier)
                yield from self._changes(view, earlier)

    def _state(self, item: Any, kind: str, earlier: Message) -> Iterator[Breach]:
        allowed = self.cancel_if if kind == CANCEL else self.edit_if if kind in EDITS else ()
        if not allowed:
            return
        if earlier.action is None:
            raise Unknown("the last answer to the earlier request is not known", _TAKE_IN)
        if earlier.action not in allowed:
            word = "cancelled" if kind == CANCEL else "changed"
            expected = (
                f"a request may be {word} only after HCR01 {' or '.join(allowed)}, "
                f"not {earlier.action}"
            )
            yield Breach(path=CERTIFICATION_TYPE, item=item, value=kind, expected=expected)

    def _changes(self, view: View, earlier: Message) -> Iterator[Breach]:
        for path in self.immutable:
            found, before = view.find(path), sorted(earlier.values(path))
            if sorted(value for _, value in found) != before:
                item, value = found[0] if found else (None, None)
                expected = f"{path} must not be changed"
                yield Breach(path=path, item=item, value=value, expected=expected)
        for path in self.forbid_added:
            known = set(earlier.values(path))
            for item, value in view.find(path):
                if value not in known:
                    expected = f"{path} must not be added to an earlier request"
                    yield Breach(path=path, item=item, value=value, expected=expected)


def _earlier(view: View) -> Message:
    history = view.hooks.history
    if history is None:
        raise Unknown("no history of requests is given", GIVE_HISTORY)
    found = history.earlier(keys_at(view, (*REFERS, *DIRECTION)))
    if found is None:
        raise Unknown("the earlier request is not known", _TAKE_IN)
    return found


@frozen
class Echo:
    """What a response repeats of its request is the same there."""

    left: str
    right: str
    operator: str = "echo"

    @property
    def paths(self) -> tuple[str, ...]:
        """Both places."""
        return (self.left, self.right)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each value that the request does not have."""
        found = found_at(view, self.left)
        if not found:
            return
        sent = values_at(view, self.right)
        for item, value in found:
            if value not in sent:
                expected = f"{self.left} must repeat {_plainly(self.right)} of the request"
                yield Breach(path=self.left, item=item, value=value, expected=expected)


def _plainly(path: str) -> str:
    other = other_message(path)
    return other[1] if other else path


@frozen
class Contains:
    """All values of a list stand at a path somewhere in the scope."""

    path: str
    wanted: tuple[str, ...]
    operator: str = "contains"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield one objection that names what is missing."""
        found = view.find(self.path)
        missing = [value for value in self.wanted if value not in {v for _, v in found}]
        if missing:
            item, value = found[0] if found else (None, None)
            expected = f"{self.path} must also be given with {', '.join(missing)}"
            yield Breach(path=self.path, item=item, value=value, expected=expected)


@frozen
class Subgrammar:
    """A text consists of pairs: `split` parts them, `pair` stands between name and value."""

    path: str
    split: str
    pair: str
    operator: str = "subgrammar"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each text that does not consist of pairs."""
        for item, value in view.find(self.path):
            pieces = [piece.split(self.pair) for piece in value.split(self.split) if piece]
            if any(len(piece) != 2 or not piece[0] for piece in pieces):
                shape = f"name{self.pair}value{self.split}name{self.pair}value"
                expected = f"{self.path} must have the form {shape}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)


@frozen
class Running:
    """A path has at most so many values in an interchange, group or file."""

    path: str
    scope: str
    high: int
    operator: str = "count"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield one objection at the first value that is too many."""
        counts, found = view.memory(self, self.scope), view.find(self.path)
        before = counts.get("count", 0)
        counts["count"] = before + len(found)
        if before <= self.high < counts["count"]:
            item, value = found[self.high - before]
            scope = self.scope.removeprefix("@")
            expected = f"{self.path} may be given at most {self.high} times in one {scope}"
            yield Breach(path=self.path, item=item, value=value, expected=expected)


@frozen
class Choose:
    """A value of the envelope that depends on context: `by` names it, `map` gives the value."""

    path: str
    by: str
    map: Mapping[str, str] = field(hash=False)
    operator: str = "choose"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path."""
        return (self.path,)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield the value that is not the one for the context."""
        known = str(view.context(self.by))
        if known not in self.map:
            raise Unknown(f"there is no {self.path} for {self.by} = {known}")
        wanted = self.map[known]
        for item, value in found_at(view, self.path):
            if value != wanted:
                expected = f"{self.path} must be {wanted} where {self.by} is {known}"
                yield Breach(path=self.path, item=item, value=value, expected=expected)
