"""What the envelope of files to a partner says: one value for each element, and who asks for it.

An element of ISA or GS has one value, so a layer can only repeat what the layers below it ask, give
a value that they leave open, or take one of several that they choose between. Anything else would
change what lies below (45 CFR 162.915), and is refused unless the layer marks its section
`envelope:` with `widen: true` and its source.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.yaml_lines import Lines

_SEGMENTS = ("ISA", "GS")


@frozen(kw_only=True)
class Asked:
    """What one layer asks of one element or separator of the envelope.

    Attributes:
        value: a text, a name of the context (`$config.sender`), or `by` and `map` of a choice.
        kind: `value`, `choose` or `delimiters`.
        widen: the layer says by its source that it replaces what lies below.
        where: file and line.
    """

    value: Any = field(hash=False)
    kind: str = "value"
    source: str = ""
    confidence: str = ""
    layer: str = ""
    widen: bool = False
    where: str = ""

    @property
    def values(self) -> frozenset[str] | None:
        """The values it can come to; None when that depends on a name of the context."""
        if self.kind == "choose":
            found = frozenset(map(str, self.value.get("map", {}).values()))
        else:
            found = frozenset({str(self.value)})
        return None if any(each.startswith(("@", "$")) for each in found) else found


def read_envelope(data: Mapping[str, Any], lines: Lines) -> dict[str, Asked]:
    """Return what the section `envelope:` of one layer asks, by element (`ISA08`) or separator.

    Raises:
        ConfigError: it widens without saying who says so.
    """
    section = data.get("envelope") or {}
    widen, source = bool(section.get("widen")), str(section.get("source", ""))
    if widen and not source.strip():
        raise ConfigError(
            f"{lines.where(['envelope', 'widen'])}: envelope: widening needs a source of its own; "
            "'source' in this section, with document and section, was expected."
        )
    title = str(data["source"].get("title", ""))
    confidence = section.get("confidence") or data["source"].get("confidence", "")

    def asked(value: Any, kind: str, *path: str) -> Asked:
        return Asked(
            value=value,
            kind=kind,
            source=source or title,
            confidence=confidence,
            layer=data["profile"],
            widen=widen,
            where=lines.where(["envelope", *path]),
        )

    found = {
        ref: asked(str(value), "value", ref)
        for ref, value in section.items()
        if ref.startswith(_SEGMENTS)
    }
    for kind in ("choose", "delimiters"):
        for name, value in (section.get(kind) or {}).items():
            if name in found:
                raise ConfigError(
                    f"{lines.where(['envelope', kind, name])}: envelope: {name} has a value "
                    f"already ({found[name].where}); one value or one choice was expected."
                )
            found[name] = asked(value, kind, kind, name)
    return found


def join_envelopes(lower: Mapping[str, Asked], upper: Mapping[str, Asked]) -> dict[str, Asked]:
    """Lay what one layer asks over what the layers below ask.

    Raises:
        ConfigError: a value of the upper layer is none that the lower ones allow.
    """
    for name in lower.keys() & upper.keys():
        below, above = lower[name], upper[name]
        if not above.widen and not _allows(below, above):
            raise ConfigError(
                f"{above.where}: envelope: {name} is {_words(above)}, and {below.layer} "
                f"({below.where}) asks for {_words(below)}; a companion guide may only tighten "
                "(45 CFR 162.915). Mark the section 'widen: true' with its source if the payer "
                "really says so."
            )
    return {**lower, **upper}


def _allows(below: Asked, above: Asked) -> bool:
    """Tell whether what the upper layer asks is among what the lower one leaves.

    The only list here is of segments that may not be sent; a longer one is tighter.
    """
    if below.value == above.value or below.value is False or below.values is None:
        return True
    if isinstance(below.value, list) and isinstance(above.value, list):
        return set(below.value) <= set(above.value)
    return above.values is not None and above.values <= below.values


def _words(asked: Asked) -> str:
    if asked.kind == "choose":
        return " or ".join(str(each) for each in asked.value.get("map", {}).values())
    return " or ".join(map(str, asked.value)) if isinstance(asked.value, list) else str(asked.value)
