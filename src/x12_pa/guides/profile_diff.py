"""What is different between two profiles, in words.

Compared are the rules by their ids, and what the rules come to: the compiled guides, place by
place, so that a value list that became shorter is called *tightened* whichever rule does it. The
envelope and the facts for the exchange are compared key by key. `below` gives what a profile lies
upon, so that a profile can be compared with the guide or the layers that it narrows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from x12_pa.guides.guide_diff import CHANGED, compared
from x12_pa.guides.index import guide_keys
from x12_pa.guides.model import Guide
from x12_pa.guides.narrowing import load_guide
from x12_pa.guides.profile import Profile, Rule, load_profile
from x12_pa.guides.profile_service_words import HEAD, entry_words, reviewer_words
from x12_pa.guides.profile_words import applies_words, operator_words, plain, rule_words

ADDED, REMOVED = "added", "removed"
_ABOUT = ("source", "confidence", "provenance", "note")
_ENVELOPE = ("choose", "delimiters")
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
            for name in ("asked", *(name for name in _SECTIONS if name not in _ENVELOPE))
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
            words = f"was {_words(part, key, was)}"
            yield Change(part=part, what=key, kind=REMOVED, words=words)
        elif key not in old:
            yield Change(part=part, what=key, kind=ADDED, words=_words(part, key, now))
        elif old[key] != new[key]:
            if was == now:
                words = f"{plain(new[key])} instead of {plain(old[key])}"
            else:
                words = f"{_words(part, key, now)} instead of {_words(part, key, was)}"
            yield Change(part=part, what=key, kind=CHANGED, words=words)


def _words(part: str, key: str, value: Any) -> str:
    """Return what a key of a section says, as a person would read it."""
    if part in ("choose", "delimiters"):
        return "; ".join(operator_words(part, {key: value}))
    if part == "services" and key == "reviewer":
        return reviewer_words(value)
    if part == "services" and key not in HEAD:
        text, details = entry_words(value)
        return "; ".join((text, *details))
    if key == "rejects":
        return "; ".join(f"{item.get('where')} by {plain(item.get('answer'))}" for item in value)
    return plain(value)


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
        for each in compared(before, after):
            what = f"{key} {each.place}"
            if (what, each.words) not in seen:
                seen.add((what, each.words))
                yield Change(part="guide", what=what, kind=each.kind, words=each.words)


def _guide(key: str, profile: Profile) -> Guide:
    plain_guide = load_guide(key)
    speaks = any(rule.speaks_of(plain_guide.set, plain_guide.kind) for rule in profile.rules)
    return load_guide(key, profile) if speaks else plain_guide
