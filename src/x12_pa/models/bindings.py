"""One declaration per field says where its value stands in the transaction set.

```python
class Event:
    service_type: str | None = element("UM03", "What kind of care is asked for.")
    admission_date: Period | None = element("DTP[435]03", "...")
    diagnoses: tuple[Diagnosis, ...] = composites("HI", "...")
    providers: tuple[Party, ...] = loops("2010EA", "...")
```

A reference is a segment, an optional qualifier value in brackets that picks one of several uses of
that segment, an element number and an optional component: `UM03`, `UM04-2`, `REF[BB]02`. Inside a
record that stands for one composite, or for one of several groups of neighbouring elements,
`part(n)` is its n-th member.

Reading (`reading.py`), building (`building.py`) and the JSON Schema (`schema.py`) all interpret
these declarations against a guide: the guide says what exists, in which order, with which
constants; the declaration says only which field is which element. A field that a guide has no
place for stays empty on reading and is refused on building, so that one `Party` serves every name
loop of both directions.
"""

import re
import types
import typing
from typing import Any, Literal

import attrs
from attrs import frozen

METADATA = "x12"

Kind = Literal[
    "element",  # one value
    "elements",  # one value from each of several elements or components
    "repetitions",  # one value from each repetition of an element
    "part",  # one value of the composite or group that the record stands for
    "parts",  # several of them
    "segment",  # a record from one segment
    "segments",  # a record from each occurrence of a segment
    "composite",  # a record from one composite element
    "composites",  # a record from each element of a segment of composites
    "groups",  # a record from each group of neighbouring elements
    "inline",  # a record from several segments of the same loop
    "loop",  # a record from the first occurrence of a loop
    "loops",  # a record from each occurrence of a loop
]

_REFERENCE = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{1,2}?)(\[(?P<selector>\w+)\])?"
    r"(?P<element>\d\d)(-(?P<component>\d))?"
)


@frozen
class Reference:
    """Where one value stands: segment, qualifier value, element and component, 1-based."""

    segment: str
    selector: str | None
    element: int
    component: int = 1

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read `UM04-2` or `DTP[435]03`.

        Raises:
            ValueError: the text is no reference; a slip in a record's declaration.
        """
        found = _REFERENCE.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not an element reference")
        return cls(
            found["segment"], found["selector"], int(found["element"]), int(found["component"] or 1)
        )


@frozen(kw_only=True)
class Binding:
    """What one field is bound to."""

    kind: Kind
    help: str
    references: tuple[Reference, ...] = ()
    numbers: tuple[int, ...] = ()
    segment: str | None = None
    loops: tuple[str, ...] = ()
    entity: str | None = None
    rest: bool = False
    size: int = 1


@frozen(kw_only=True)
class BoundField:
    """A record's field with its binding and its type, taken apart once."""

    name: str
    binding: Binding
    item: Any
    optional: bool
    many: bool
    required: bool

    @property
    def record(self) -> bool:
        """Say whether the field holds records rather than plain values."""
        return attrs.has(self.item) and self.binding.kind in _RECORD_KINDS

    def names(self, segment_id: str) -> bool:
        """Say whether the field is bound to segments of this id."""
        segments = {ref.segment for ref in self.binding.references} | {self.binding.segment}
        return segment_id in segments


_RECORD_KINDS = frozenset(
    {"segment", "segments", "composite", "composites", "groups", "inline", "loop", "loops"}
)


def _field(
    binding: Binding, *, default: Any = None, required: bool = False, private: bool = False
) -> Any:
    metadata = {METADATA: binding}
    if required:
        return attrs.field(metadata=metadata, repr=not private)
    return attrs.field(default=default, metadata=metadata, repr=not private)


def element(
    ref: str, help: str, *, default: Any = None, required: bool = False, private: bool = False
) -> Any:
    """Bind a field to one element or component; a `private` one stays out of `repr`."""
    binding = Binding(kind="element", help=help, references=(Reference.parse(ref),))
    return _field(binding, default=default, required=required, private=private)


def elements(help: str, *refs: str) -> Any:
    """Bind a tuple to several elements, one value each."""
    found = tuple(Reference.parse(ref) for ref in refs)
    return _field(Binding(kind="elements", help=help, references=found), default=())


def repetitions(ref: str, help: str) -> Any:
    """Bind a tuple to the repetitions of one element."""
    binding = Binding(kind="repetitions", help=help, references=(Reference.parse(ref),))
    return _field(binding, default=())


def part(number: int, help: str, *, required: bool = False, private: bool = False) -> Any:
    """Bind a field to the n-th member of the composite or group that its record stands for."""
    binding = Binding(kind="part", help=help, numbers=(number,))
    return _field(binding, required=required, private=private)


def parts(help: str, *numbers: int) -> Any:
    """Bind a tuple to several members of the composite that its record stands for."""
    return _field(Binding(kind="parts", help=help, numbers=numbers), default=())


def segment_record(segment: str, help: str) -> Any:
    """Bind a field to one segment; the record's own fields name its elements."""
    return _field(Binding(kind="segment", help=help, segment=segment))


def segment_records(segment: str, help: str, *, loop: str | None = None) -> Any:
    """Bind a tuple to every occurrence of a segment in the loop, or in the `loop` below it."""
    loops = () if loop is None else (loop,)
    return _field(Binding(kind="segments", help=help, segment=segment, loops=loops), default=())


def composite_record(ref: str, help: str, *, required: bool = False) -> Any:
    """Bind a field to one composite element."""
    binding = Binding(kind="composite", help=help, references=(Reference.parse(ref),))
    return _field(binding, required=required)


def composite_records(segment: str, help: str) -> Any:
    """Bind a tuple to the composites that fill a segment from its first element on."""
    return _field(Binding(kind="composites", help=help, segment=segment), default=())


def group_records(help: str, *firsts: str, size: int) -> Any:
    """Bind a tuple to groups of `size` neighbouring elements that start at `firsts`."""
    found = tuple(Reference.parse(ref) for ref in firsts)
    return _field(Binding(kind="groups", help=help, references=found, size=size), default=())


def inline_record(help: str) -> Any:
    """Bind a field to a record whose fields stand in segments of the same loop."""
    return _field(Binding(kind="inline", help=help))


def loop_record(*ids: str, help: str, entity: str | None = None, required: bool = False) -> Any:
    """Bind a field to the first occurrence of a loop.

    `ids` are the names the loop has in the guides; `entity` is a code that its NM101 must allow,
    for names that mean different loops in different guides.
    """
    return _field(Binding(kind="loop", help=help, loops=ids, entity=entity), required=required)


def loop_records(*ids: str, help: str, entity: str | None = None, rest: bool = False) -> Any:
    """Bind a tuple to every occurrence of a loop, or to those after the first (`rest`)."""
    return _field(Binding(kind="loops", help=help, loops=ids, entity=entity, rest=rest), default=())


_BOUND: dict[type, tuple[BoundField, ...]] = {}


def bound_fields(record: type) -> tuple[BoundField, ...]:
    """Return the bound fields of a record class, in the order of their declaration."""
    if record not in _BOUND:
        hints = typing.get_type_hints(record)
        _BOUND[record] = tuple(
            _bound(attribute, hints[attribute.name])
            for attribute in attrs.fields(record)
            if METADATA in attribute.metadata
        )
    return _BOUND[record]


def _bound(attribute: "attrs.Attribute[Any]", hint: Any) -> BoundField:
    optional = many = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        optional = True
        (hint,) = [arm for arm in typing.get_args(hint) if arm is not type(None)]
    if typing.get_origin(hint) is tuple:
        many = True
        hint = typing.get_args(hint)[0]
    return BoundField(
        name=attribute.name,
        binding=attribute.metadata[METADATA],
        item=hint,
        optional=optional,
        many=many,
        required=attribute.default is attrs.NOTHING,
    )
