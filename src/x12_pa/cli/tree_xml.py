"""The annotated tree of `x12-pa show` as XML, written as a stream.

```xml
<x12-pa-show version="1" path="…">
  <segment id="ISA" name="…" line="1"><element ref="ISA01" name="…">00</element>…</segment>
  <transaction set="278" control="0001" guide="005010X217" kind="request">
    <loop id="2000A" name="…"><segment …/></loop>
  </transaction>
</x12-pa-show>
```

`label` is the meaning of a code; `placed="false"` marks what the guide has no place for.
"""

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from x12_pa.cli.output import printable
from x12_pa.cli.tree import LoopView, SegmentView, SetView, View


def xml_pieces(path: str, found: Iterable[View]) -> Iterator[str]:
    """Yield the document in pieces."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<x12-pa-show{_attributes({'version': '1', 'path': path})}>\n"
    for view in found:
        yield from _view(view, 1)
    yield "</x12-pa-show>\n"


def _view(view: View | LoopView, depth: int) -> Iterator[str]:
    if isinstance(view, SegmentView):
        yield from _segment(view, depth)
        return
    tag, names = _head(view)
    yield f"{'  ' * depth}<{tag}{_attributes(names)}>\n"
    for item in view.items:
        yield from _view(item, depth + 1)
    yield f"{'  ' * depth}</{tag}>\n"


def _head(view: SetView | LoopView) -> tuple[str, Mapping[str, str | None]]:
    if isinstance(view, LoopView):
        return "loop", {"id": view.loop, "name": view.name}
    names = {"set": view.set, "control": view.control, "guide": view.guide, "kind": view.kind}
    return "transaction", names


def _segment(view: SegmentView, depth: int) -> Iterator[str]:
    names = {"id": view.segment, "name": view.name, "line": str(view.line)}
    if not view.placed:
        names["placed"] = "false"
    yield f"{'  ' * depth}<segment{_attributes(names)}>\n"
    for item in view.elements:
        parts = {"ref": item.ref, "name": item.name, "label": item.label}
        text = escape(printable(item.value))
        yield f"{'  ' * (depth + 1)}<element{_attributes(parts)}>{text}</element>\n"
    yield f"{'  ' * depth}</segment>\n"


def _attributes(names: Mapping[str, str | None]) -> str:
    return "".join(f" {key}={quoteattr(printable(value))}" for key, value in names.items() if value)
