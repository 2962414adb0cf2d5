"""Every fact of the fact files is in a profile, in the guide, or has a reason why it is not.

What a fact says in codes and figures must stand where `accounts.yaml` says it went, and no profile
is surer of a thing than the fact it is made from.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.support import ROOT, reference_dir
from x12_pa.guides import load_guide
from x12_pa.guides.paths import places
from x12_pa.guides.profile import PROVENANCES
from x12_pa.guides.yaml_lines import read_lines

ACCOUNTS: Mapping[str, Any] = read_lines(Path(__file__).with_name("accounts.yaml")).data
SECTIONS = ("mailbox", "acks", "timing")
SURE = ("low", "medium", "high")
# Where a profile says it in other words or figures than the fact file: fact, what is looked for.
IN_OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "availity.03": ("a caret in ISA11 and a colon in ISA16",),
    "availity.13": ("one interchange, one group and one set",),
    "office_ally_batch.05": ("caret",),
    "office_ally_realtime.23": ("x12-extended",),
    "texas_tmhp.09": ("one client",),
}


@frozen(kw_only=True)
class Account:
    """Where one fact went."""

    fact: Mapping[str, Any]
    profile: str | None
    places: tuple[str, ...]
    reason: str = ""


def facts() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted((reference_dir() / "companion_guides").glob("*.json")):
        for fact in json.loads(path.read_text(encoding="utf-8")).get("facts", ()):
            yield path.stem, fact


def accounts() -> Iterator[Account]:
    for family, fact in facts():
        found = ACCOUNTS[family]
        given = found[fact["id"].rpartition(".")[2]]
        if isinstance(given, str):
            yield Account(fact=fact, profile=None, places=(), reason=given)
        elif isinstance(given, Mapping):
            yield Account(fact=fact, profile=given["profile"], places=tuple(given["places"]))
        else:
            yield Account(fact=fact, profile=found["profile"], places=tuple(given))


USED = [account for account in accounts() if account.places]


def by_fact(account: Account) -> str:
    return str(account.fact["id"])


@cache
def raw(profile: str) -> Mapping[str, Any]:
    """Return a profile as written."""
    data: Mapping[str, Any] = read_lines(ROOT / "companion_guides" / f"{profile}.yaml").data
    return data


def stands_at(profile: str, place: str) -> Any:
    """Return what a profile has at a place."""
    data = raw(profile)
    section, _, name = place.partition(":")
    if section in ("rule", "fact"):
        (item,) = (each for each in data[f"{section}s"] if each["id"] == name)
        return item
    envelope = data.get("envelope") or {}
    if section in ("envelope", "choose"):
        values = envelope.get("choose") or {} if section == "choose" else envelope
        about = {key: envelope[key] for key in ("source", "confidence")}
        return {"value": values[name], "element": name, **about}
    assert section in SECTIONS, place
    return data[section][name]


def test_all_374_facts_are_accounted_for_and_no_more() -> None:
    told = {
        f"{family}.{number}"
        for family, found in ACCOUNTS.items()
        for number in found
        if number != "profile"
    }
    assert len(told) == 374
    assert told == {fact["id"] for _, fact in facts()}


@pytest.mark.parametrize("account", USED, ids=by_fact)
def test_a_fact_stands_where_the_account_says(account: Account) -> None:
    assert account.profile
    for place in account.places:
        assert stands_at(account.profile, place), place


@pytest.mark.parametrize("account", USED, ids=by_fact)
def test_its_codes_and_figures_stand_there_too(account: Account) -> None:
    text = json.dumps([stands_at(account.profile or "", place) for place in account.places])
    wanted = IN_OTHER_WORDS.get(account.fact["id"], tuple(codes(account.fact.get("value"))))
    assert [code for code in wanted if code not in text] == []


def codes(value: Any) -> Iterator[str]:
    """Yield what a value says in codes, figures and periods."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from codes(each)
    elif isinstance(value, list):
        for each in value:
            yield from codes(each)
    elif isinstance(value, str) and not value.startswith("<"):
        yield from re.split(r"\s*/\s*", value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


@pytest.mark.parametrize("account", USED, ids=by_fact)
def test_no_profile_is_surer_of_it_than_the_fact(account: Account) -> None:
    limit = SURE.index(account.fact["confidence"])
    far = PROVENANCES.index(account.fact["provenance"])
    for place in account.places:
        items = stands_at(account.profile or "", place)
        for item in items if isinstance(items, list) else [items]:
            if len(account.places) == 1 and place != "acks:rejects":
                assert SURE.index(item["confidence"]) <= limit, place
                if "provenance" in item:
                    assert PROVENANCES.index(item["provenance"]) >= far, place


@pytest.mark.parametrize("account", [a for a in accounts() if not a.places], ids=by_fact)
def test_a_fact_in_no_profile_has_a_reason(account: Account) -> None:
    kind, _, rest = account.reason.partition(" ")
    assert kind in ("-", "guide:")
    if kind == "guide:":
        key, _, path = rest.partition(" ")
        assert places(load_guide(key), path)
    else:
        assert len(rest) > 20
