"""How a record is put together from the values that were read for its fields.

Each field of a record class has a *slot*, a position in a list of values. The fields of records
that stand in the same loop (`inline_record`: an address within its party) have slots behind those
of the record itself. What was not read keeps the value of the blank list.

Reading a file makes thousands of records, most of whose twenty fields are empty. So a record is
made by handing it its fields as a whole: the record classes keep them in a dictionary
(`slots=False`), have no validators or converters, and a value of each field's type is known to be
there. That takes a quarter of the time of a call with twenty arguments.
"""

from functools import cache
from typing import Any

import attrs
from attrs import Factory, define

from x12_pa.models.bindings import BoundField, bound_fields

_new, _set = object.__new__, object.__setattr__


@define(eq=False)
class Assembly:
    """The slots of one record class.

    Attributes:
        fields: each field with its slot; those of inline records stand in place of their field.
        names: the path of each slot within the record: `last_name`, `address.city`.
        blank: the values of a record of which nothing was read.
        always: a blank record counts as filled, because it holds a record that must be there.
    """

    record: type
    fields: list[tuple[int, BoundField]] = Factory(list)
    names: list[str] = Factory(list)
    blank: list[Any] = Factory(list)
    always: bool = False
    _own: tuple[str, ...] = ()
    _inline: "list[tuple[str, int, int, Assembly]]" = Factory(list)
    _unbound: dict[str, Any] = Factory(dict)

    @classmethod
    @cache
    def of(cls, record: type) -> "Assembly":
        """Return the slots of a record class, worked out once."""
        bound = bound_fields(record)
        assembly = cls(record)
        for field in bound:
            if field.binding.kind != "inline":
                assembly._allot(field)
        assembly._own = tuple(assembly.names)
        for field in bound:
            if field.binding.kind == "inline":
                assembly._take_in(field)
        known = {field.name for field in bound}
        assembly._unbound = {
            one.name: one.default for one in attrs.fields(record) if one.name not in known
        }
        return assembly

    def holds(self, values: list[Any]) -> bool:
        """Say whether anything was read; values that say nothing are never put into slots."""
        return self.always or values != self.blank

    def make(self, values: list[Any]) -> Any:
        """Make the record."""
        fields = dict(zip(self._own, values, strict=False))
        for name, first, last, inner in self._inline:
            part = values[first:last]
            fields[name] = None if part == inner.blank else inner.make(part)
        if self._unbound:
            fields.update(self._unbound)
        made: Any = _new(self.record)
        _set(made, "__dict__", fields)
        return made

    def _allot(self, field: BoundField) -> None:
        self.fields.append((len(self.blank), field))
        self.names.append(field.name)
        self.blank.append(_blank_value(field))
        if field.record and not field.many and not field.optional:
            self.always = True

    def _take_in(self, field: BoundField) -> None:
        """Give the fields of an inline record slots behind those that are there."""
        if field.many or not field.optional:
            raise ValueError(f"{field.name} must be one optional record: it shares a loop")
        inner, first = Assembly.of(field.item), len(self.blank)
        self.fields += [(first + slot, bound) for slot, bound in inner.fields]
        self.names += [f"{field.name}.{name}" for name in inner.names]
        self.blank += inner.blank
        self._inline.append((field.name, first, len(self.blank), inner))


def _blank_value(field: BoundField) -> Any:
    """Return what a field holds when nothing was read for it."""
    if field.many:
        return ()
    if field.optional:
        return None
    if not field.record:
        return ""
    assembly = Assembly.of(field.item)
    return assembly.make(assembly.blank)
