"""What is different between two profiles, in words.

Compared are the rules by their ids, and what the rules come to: the compiled guides, place by
place, so that a value list that became shorter is called *tightened* whichever rule does it. The
envelope and the facts for the exchange are compared key by key. `below` gives what a profile lies
upon, so that a profile can be compared with the guide or the layers that it narrows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from x12_pa.guides.index import guide_keys
from x12_pa.guides.model import ElementUse, Guide, LoopUse, SegmentUse
from x12_pa.guides.narrowing import load_guide
from x12_pa.guides.profile import Profile, Rule, load_profile
from x12_pa.guides.profile_words import applies_words, choice, plain, rule_words

ADDED, REMOVED, TIGHTENED, LOOSENED, CHANGED = (
    "added",
    "removed",
    "tightened",
    "loosened",
    "changed",
)
_ABOUT = ("source", "confidence", "provenance", "note")
_USAGE = {"R": "required", "S": "situational", "N": "not used"}
_SECTIONS = ("choose", "delimiters", "mailbox", "acks", "timing", "services", "claims", "simulator")


@frozen(kw_only=True)
class Change:
    """One difference.

    Attributes:
        part: `envelope`, `rule`, `guide`, or the name of a section such as `mailbox`.
        what: the element, rule id, place or key.
        kind: `added`, `removed`, `tightened`, `loosened` or `changed`.
        words: what was and what is.
    """

    part: str
    what: str
    kind: str
    words: str


def differences(old: Profile, new: Profile) -> list[Change]:
    """Return what is different in `new`: envelope, rules, their effect, and the other sections.

    Raises:
        ConfigError: a rule of one of them does not fit its guide.
    """
    found = list(_keys("envelope", old.envelope, new.envelope))
    found += _rules(old, new)
    found += effects(old, new)
    for name in _SECTIONS:
        found += _keys(name, getattr(old, name), getattr(new, name))
    return found


def below(profile: Profile) -> Profile:
    """Return what a profile lies upon: the layers that it extends, laid over each other.

    Raises:
        ConfigError: one of them cannot be loaded.
    """
    title = " and ".join(profile.layers[:-1]) or "the implementation guide"
    result = Profile(id=profile.layers[-2] if len(profile.layers) > 1 else "guide", title=title)
    covered: set[str] = set()
    for layer_id in reversed(profile.layers[:-1]):
        if layer_id in covered:
            continue
        beside = profile.path.parent / f"{layer_id}.yaml" if profile.path else None
        layer = load_profile(beside if beside and beside.is_file() else layer_id)
        covered |= set(layer.layers)
        known = {rule.id for rule in result.rules}
        sections: dict[str, Any] = {
            name: {**getattr(layer, name), **getattr(result, name)}
            for name in ("envelope", *_SECTIONS)
        }
        result = evolve(
            result,
            rules=(*(rule for rule in layer.rules if rule.id not in known), *result.rules),
            digest=result.digest + layer.digest,
            **sections,
        )
    return result


def _keys(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Compare two sections key by key; who says so is compared only where that is all."""
    for key in dict.fromkeys((*old, *new)):
        was, now = _bare(old.get(key)), _bare(new.get(key))
        if key not in new:
            yield Change(part=part, what=key, kind=REMOVED, words=f"was {plain(was)}")
        elif key not in old:
            yield Change(part=part, what=key, kind=ADDED, words=plain(now))
        elif old[key] != new[key]:
            if was == now:
                was, now = old[key], new[key]
            words = f"{plain(now)} instead of {plain(was)}"
            yield Change(part=part, what=key, kind=CHANGED, words=words)


def _bare(value: Any) -> Any:
    """Return a value of a section without its source, its confidence and remarks."""
    if not isinstance(value, Mapping):
        return value
    bare = {name: item for name, item in value.items() if name not in _ABOUT}
    return bare["value"] if set(bare) == {"value"} else bare


def _rules(old: Profile, new: Profile) -> Iterator[Change]:
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    for rule_id in dict.fromkeys((*before, *after)):
        was, now = before.get(rule_id), after.get(rule_id)
        if now is None:
            assert was is not None
            reason = new.disabled.get(rule_id)
            why = f" (disabled: {reason})" if reason else ""
            yield Change(part="rule", what=rule_id, kind=REMOVED, words=_says(was) + why)
        elif was is None:
            yield Change(part="rule", what=rule_id, kind=ADDED, words=_says(now))
        else:
            words = list(_changed_rule(was, now))
            if words:
                yield Change(part="rule", what=rule_id, kind=CHANGED, words="; ".join(words))


def _says(rule: Rule) -> str:
    severity = "" if rule.severity == "error" else f" [{rule.severity}]"
    return f"{'; '.join(rule_words(rule))} ({applies_words(rule)}){severity}"


def _changed_rule(old: Rule, new: Rule) -> Iterator[str]:
    """Yield what is different in a rule of the same id."""
    was, now = rule_words(old), rule_words(new)
    if was != now:
        yield f"{'; '.join(now)} instead of {'; '.join(was)}"
    pairs = {
        "applies to": (applies_words(old), applies_words(new)),
        "severity": (old.severity, new.severity),
        "message": (old.message, new.message),
        "the partner answers": (plain(old.expect), plain(new.expect)),
        "source": (old.source, new.source),
        "confidence": (old.confidence, new.confidence),
    }
    for name, (before, after) in pairs.items():
        if before != after:
            yield f"{name} {after or 'nothing'} instead of {before or 'nothing'}"


def effects(old: Profile, new: Profile) -> Iterator[Change]:
    """Yield what the compiled guides have different, each place once.

    Raises:
        ConfigError: a rule of one of them does not fit its guide.
    """
    seen: set[tuple[str, str]] = set()
    for key in guide_keys():
        before, after = _guide(key, old), _guide(key, new)
        if before is after:
            continue
        for place, kind, words in _compared(before, after):
            if (f"{key} {place}", words) not in seen:
                seen.add((f"{key} {place}", words))
                yield Change(part="guide", what=f"{key} {place}", kind=kind, words=words)


def _guide(key: str, profile: Profile) -> Guide:
    plain_guide = load_guide(key)
    speaks = any(rule.speaks_of(plain_guide.set, plain_guide.kind) for rule in profile.rules)
    return load_guide(key, profile) if speaks else plain_guide


def _compared(old: Guide, new: Guide) -> Iterator[tuple[str, str, str]]:
    """Yield (place, kind, words); narrowing keeps the structure, so both are walked together."""
    for was, now in zip(old.root.walk(), new.root.walk(), strict=True):
        owner = now.parent.id if now.parent else ""
        name = now.id if isinstance(now, LoopUse) else f"{owner}/{now.id}"
        if was.usage != now.usage:
            yield name, _usage_kind(was.usage, now.usage), _usage(was.usage, now.usage)
        if isinstance(was, SegmentUse) and isinstance(now, SegmentUse):
            for before, after in zip(was.elements, now.elements, strict=True):
                yield from _elements(owner, before, after)


def _elements(owner: str, old: ElementUse, new: ElementUse) -> Iterator[tuple[str, str, str]]:
    for kind, words in _element(old, new):
        yield f"{owner}/{new.ref.replace('-0', '-')}", kind, words
    for before, after in zip(old.components, new.components, strict=True):
        yield from _elements(owner, before, after)


def _element(old: ElementUse, new: ElementUse) -> Iterator[tuple[str, str]]:
    if old.usage != new.usage:
        yield _usage_kind(old.usage, new.usage), _usage(old.usage, new.usage)
    if old.codes != new.codes:
        yield _codes(old.codes, new.codes)
    if (old.min, old.max) != (new.min, new.max):
        inside = old.min <= new.min and new.max <= old.max
        words = f"{_size(new)} instead of {_size(old)}"
        yield TIGHTENED if inside else LOOSENED, words
    if old.pattern != new.pattern:
        words = f"of the form {new.pattern}" if new.pattern else "of any form"
        before = f" instead of {old.pattern}" if old.pattern else ""
        kind = TIGHTENED if not old.pattern else CHANGED if new.pattern else LOOSENED
        yield kind, words + before


def _codes(old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> tuple[str, str]:
    if new is None:
        return LOOSENED, f"any value instead of {choice(old or ())}"
    if old is None:
        return TIGHTENED, f"only {choice(new)}"
    gone = [code for code in old if code not in new]
    more = [code for code in new if code not in old]
    kind = LOOSENED if not gone else CHANGED if more else TIGHTENED
    parts = [f"no longer {choice(gone)}"] * bool(gone) if len(gone) <= 12 else []
    parts += [f"{choice(more)} as well"] * bool(more)
    return kind, "; ".join([f"only {choice(new)}", *parts] if kind == TIGHTENED else parts)


def _usage(old: str, new: str) -> str:
    return f"{_USAGE[new]} instead of {_USAGE[old]}"


def _usage_kind(old: str, new: str) -> str:
    return TIGHTENED if old == "S" else LOOSENED if new == "S" else CHANGED


def _size(use: ElementUse) -> str:
    return f"{use.min} characters" if use.min == use.max else f"{use.min} to {use.max} characters"
