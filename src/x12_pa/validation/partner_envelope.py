"""What rules see of the envelopes: headers with their places, and the separators.

A value is taken without the blanks that pad it; `raw(ISA02)` gives a padded one as it stands when
there is nothing else in it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from attrs import define, field

from x12_pa.guides.checks import Found
from x12_pa.guides.hooks import Hooks
from x12_pa.guides.paths import envelope_element
from x12_pa.syntax import Delimiters
from x12_pa.validation.partner_state import USAGE, Surroundings
from x12_pa.validation.report import Place

ENV_USAGE = "@env.usage"
# Element of the ISA that names a separator, and the TA1 code when it is not the right one.
# Source: code list I18.
MARKS = {
    "element": ("ISA", "026"),
    "repetition": ("ISA11", "016"),
    "component": ("ISA16", "027"),
    "segment": ("ISA", "004"),
}


@define
class EnvelopeView:
    """What a rule about envelopes, a file or a run sees: a `checks.View`.

    Attributes:
        headers: elements of the open ISA and GS by segment id, as they stand.
        places: where those segments stand.
    """

    around: Surroundings
    headers: Mapping[str, list[str]] = field(factory=dict)
    places: Mapping[str, Place] = field(factory=dict)

    def find(self, path: str) -> list[Found]:
        """Return the value of an envelope element with its place."""
        element = envelope_element(path)
        parts = self.headers.get(element.segment, []) if element else []
        if element is None or element.element >= len(parts):
            return []
        raw = parts[element.element]
        value = raw.strip() or (raw if path.startswith("raw(") else "")
        return [(self.places.get(element.segment), value)] if value else []

    def context(self, name: str) -> Any:
        """Return something from outside the file; raises `Unknown`."""
        if name == ENV_USAGE:
            known = self.around.context("@env")
            return USAGE.get(str(known), known)
        return self.around.context(name)

    def today(self) -> date:
        """Return today's date; raises `Unknown`."""
        return self.around.day()

    @property
    def hooks(self) -> Hooks:
        """What is known of other messages and of registries."""
        return self.around.hooks

    def memory(self, owner: Any, scope: str) -> dict[Any, Any]:
        """Return what a check keeps for as long as a scope lasts."""
        return self.around.memory(owner, scope)


def separator_faults(
    wanted: Mapping[str, Any], marks: Delimiters
) -> Iterator[tuple[str, str, str]]:
    """Yield (element, what was expected, TA1 code) for each separator that is not as asked.

    That no separator stands in the data needs no check of its own: in a simple element it is
    found as X220 or X221, in any other place it splits what it stands in.
    """
    for name, (ref, note) in MARKS.items():
        found = getattr(marks, name)
        if name in wanted and found != wanted[name]:
            yield ref, f"the {name} separator must be {_shown(wanted[name])}", note
        if name == "segment" and found in wanted.get("forbid_segment", ()):
            yield ref, f"the segment terminator must not be {_shown(found)}", note
    given = [getattr(marks, name) for name in MARKS]
    if wanted.get("distinct") and len(set(filter(None, given))) < len(list(filter(None, given))):
        yield "ISA", "the separators must differ from each other", "026"


def _shown(mark: str) -> str:
    return f"'{mark}'" if mark.isprintable() and mark.strip() else f"character {ord(mark):#04x}"


_TOLD = {"true": True, "yes": True, "false": False, "no": False}


def resolve(argument: Any, view: EnvelopeView) -> Any:
    """Return an argument that may name context, yes and no as truth; raises `Unknown`."""
    if isinstance(argument, str) and argument.startswith(("@", "$")):
        found = view.context(argument)
        return _TOLD.get(found.lower(), found) if isinstance(found, str) else found
    return argument
