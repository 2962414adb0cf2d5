"""One rule of a profile: the record, and how it is read from the YAML.

How sure a rule is and how far from the partner's own words it was read is inherited: from the
documents that its source names, else from that of the profile.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import field, frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.yaml_lines import Lines

KINDS = {
    "out": ("request", "inquiry", "claim", "notification"),
    "in": ("response", "acknowledgment"),
}
CONTEXT_KEYS = {"mode": "@mode", "env": "@env", "lob": "$ctx.lob", "channel": "@channel"}
_ABOUT = frozenset(
    {"id", "applies", "each", "severity", "source", "confidence", "provenance"}
    | {"effective", "message", "expect", "widen", "note"}
)
UNKNOWN = "unknown"
PROVENANCES = (
    *("own", "primary", "primary-excerpt", "secondary-quoted", "observed", "inferred"),
    UNKNOWN,
)
"""How near what was read is to the partner's own document, the nearest first."""
_WEAKEST_LAST = {"confidence": ("high", "medium", "low", UNKNOWN), "provenance": PROVENANCES}


@frozen(kw_only=True)
class Rule:
    """One rule of a profile.

    Attributes:
        body: operators and their arguments, perhaps under `when`, `then` and `else`.
        transactions: ST01 values it applies to; empty is all.
        versions: GS08 values; empty is all.
        kinds: guide kinds it applies to (`request` …); empty is all.
        context: what must be known and equal for it to apply: name -> values.
        each: loop to judge it in.
        severity: `error`, `warning` or `info`.
        source: document and section; `confidence` how sure we are that it says so, else how
            sure its document is; `provenance` likewise.
        expect: what the partner answers to a breach.
        layer: id of the profile it was written in; `where` file and line.
    """

    id: str
    body: Mapping[str, Any] = field(hash=False)
    transactions: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)
    each: str | None = None
    severity: str = "error"
    source: str = ""
    confidence: str = "high"
    provenance: str = ""
    starts: date | None = None
    ends: date | None = None
    message: str = ""
    expect: Mapping[str, Any] = field(factory=dict, hash=False)
    widen: bool = False
    note: str = ""
    layer: str = ""
    where: str = ""

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators of its body, in the order they are written."""
        body = self.body.get("then", self.body) if "when" in self.body else self.body
        return tuple(name for name in body if name not in ("when", "then", "else"))

    @property
    def operator(self) -> str:
        """Its first operator."""
        return next(iter(self.operators), "")

    def speaks_of(self, set_id: str, kind: str, guide: str = "") -> bool:
        """Tell whether it applies to a transaction set of this kind."""
        if self.transactions and set_id not in self.transactions:
            return False
        if self.versions and guide and guide not in self.versions:
            return False
        return not self.kinds or kind in self.kinds

    def holds_on(self, day: date | None) -> bool:
        """Tell whether it is in force on a day; without a day it is."""
        if day is None:
            return True
        return (self.starts is None or self.starts <= day) and (
            self.ends is None or day <= self.ends
        )

    def fits(self, known: Mapping[str, Any]) -> bool | None:
        """Tell whether the context is the one it is for; None when that is not known."""
        undecided = False
        for name, values in self.context.items():
            if name not in known:
                undecided = True
            elif str(known[name]) not in values:
                return False
        return None if undecided else True


def read_rule(data: Mapping[str, Any], number: int, lines: Lines) -> Rule:
    """Return the rule of that number in a file.

    Raises:
        ConfigError: it has no operator, or dates that are none.
    """
    item = data["rules"][number]
    applies = item.get("applies") or {}
    body = {key: value for key, value in item.items() if key not in _ABOUT}
    where = lines.where(["rules", number])
    if not body:
        raise ConfigError(
            f"{where}: rule '{item['id']}' has no operator; one such as 'require', 'values' or "
            "'format' was expected (docs/profiles.md lists them)."
        )
    effective = item.get("effective") or {}
    try:
        starts, ends = (
            date.fromisoformat(str(effective[key])) if key in effective else None
            for key in ("from", "to")
        )
    except ValueError:
        raise ConfigError(
            f"{lines.where(['rules', number, 'effective'])}: rule '{item['id']}': effective dates "
            "such as 2026-01-31 were expected."
        ) from None
    return Rule(
        id=str(item["id"]),
        body=body,
        transactions=_texts(applies.get("tx")),
        versions=_texts(applies.get("version")),
        kinds=KINDS.get(applies.get("direction", ""), ()),
        context={
            name: _texts(applies[key]) for key, name in CONTEXT_KEYS.items() if key in applies
        },
        each=item.get("each"),
        severity=item.get("severity", "error"),
        source=str(item["source"]),
        confidence=inherited("confidence", item, data) or UNKNOWN,
        provenance=inherited("provenance", item, data),
        starts=starts,
        ends=ends,
        message=item.get("message", ""),
        expect=item.get("expect") or {},
        widen=bool(item.get("widen")),
        note=item.get("note", ""),
        layer=data["profile"],
        where=where,
    )


def inherited(name: str, item: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """Return how sure a rule is, or how far from the payer, by itself or by its documents.

    Of several documents that its source names the weakest counts; one that does not say, and a
    source without such a name, is as good as that of the profile.
    """
    if name in item:
        return str(item[name])
    order = _WEAKEST_LAST[name]
    named = {part.partition(":")[0].strip() for part in str(item["source"]).split(";")}
    known = data.get("sources") or {}
    found = [known[each].get(name) for each in sorted(named & known.keys())]
    own = data["source"].get(name, "")
    said = [str(each or own) for each in found] or [str(own)]
    return max(said, key=lambda each: order.index(each) if each in order else -1)


def with_confidence(item: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fact or service with how sure it is, as its documents are if it does not say."""
    return {**item, "confidence": inherited("confidence", item, data) or UNKNOWN}


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
