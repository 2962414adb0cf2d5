#!/usr/bin/env python3
"""Write fixtures/requests, fixtures/demo/*.edi and expected.json from `fixture_cases.CASES`.

Run it after changing the table, look at the difference, and commit both. Output depends on nothing
but the table, so running it twice changes nothing. An argument names another folder than fixtures.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(ROOT / "src"))

import fixture_claims  # noqa: E402
from fixture_cases import CASES, PAYER, PROVIDERS, Case, Person, Provider, Service  # noqa: E402

ORIGINATOR = "9CLINIC001"


def iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


def period(dates: tuple[str, str]) -> str:
    first, last = iso(dates[0]), iso(dates[1])
    return first if first == last else f"{first}/{last}"


def party(role: str, who: Provider, **more: object) -> dict[str, object]:
    data: dict[str, object] = {"role": role, "kind": "1" if who.person else "2", "name": who.last}
    if who.first:
        data["first_name"] = who.first
    data |= {"identifier_type": "XX", "identifier": who.npi}
    return data | more


def person(who: Person, **more: object) -> dict[str, object]:
    data: dict[str, object] = {
        "last_name": who.last,
        "first_name": who.first,
        "birth_date": iso(who.born),
        "gender": who.sex,
    }
    return data | more


def quantity(hsd: tuple[str, ...]) -> dict[str, object]:
    names = ("unit", "amount", "per", "per_count", "period", "period_count")
    data: dict[str, object] = dict(zip(names, hsd, strict=False))
    if "period_count" in data:
        data["period_count"] = int(str(data["period_count"]))
    return data


def service(case: Case, number: int, item: Service) -> dict[str, object]:
    data: dict[str, object] = {
        "traces": [{"number": f"SVC{case.number:06d}-{number}", "originator": ORIGINATOR}]
    }
    if not item.form:
        data |= {"category": "HS", "service_type": item.service_type}
    if not case.admission:
        data["service_date"] = period(item.dates or case.dates)
    procedure: dict[str, object] = {"qualifier": "AD" if item.form == "SV3" else "HC"}
    procedure["code"] = item.code
    if item.modifiers:
        procedure["modifiers"] = list(item.modifiers)
    if item.form == "SV1":
        data["professional"] = {
            "procedure": procedure,
            "unit": item.unit,
            "count": str(item.units),
            "diagnosis_pointers": [1],
        }
    elif item.form == "SV2":
        line: dict[str, object] = {"revenue_code": item.revenue}
        if item.code:
            line["procedure"] = procedure
        data["institutional"] = line | {"unit": item.unit, "count": str(item.units)}
    elif item.form == "SV3":
        data["dental"] = {"procedure": procedure, "count": str(item.units)}
    if item.hsd:
        data["quantity"] = quantity(item.hsd)
    return data


def event(case: Case) -> dict[str, object]:
    place, qualifier = case.place.split(":")
    data: dict[str, object] = {
        "traces": [{"number": f"EVT{case.number:06d}", "originator": ORIGINATOR}],
        "category": case.category,
        "certification_type": "I",
        "service_type": case.service_type,
        "facility_type": place,
        "facility_qualifier": qualifier,
    }
    if case.urgency:
        data["level_of_service"] = case.urgency
    data["release_of_information"] = "Y"
    if case.admission:
        data["admission_date"] = iso(case.admission)
    else:
        data["event_date"] = period(case.dates)
    first = "ABK"
    data["diagnoses"] = [
        {"type": first if i == 0 else "ABF", "code": code} for i, code in enumerate(case.diagnoses)
    ]
    if case.admission:
        data["diagnoses"] += [{"type": "ABJ", "code": case.diagnoses[0]}]  # type: ignore[operator]
        data["admission"] = {"type": {"03": "1", "U": "2"}.get(case.urgency, "3"), "source": "1"}
    if case.hsd:
        data["quantity"] = quantity(case.hsd)
    data |= extras(case)
    data["providers"] = providers(case)
    if case.services:
        data["services"] = [service(case, i, each) for i, each in enumerate(case.services, 1)]
    return data


def providers(case: Case) -> list[dict[str, object]]:
    who = PROVIDERS[case.provider]
    role = "71" if case.admission else "SJ"
    kind = {"71": "AT", "SJ": "PE"}[role]
    found = [party(role, who, provider_type=kind, taxonomy=who.taxonomy)]
    if case.facility:
        house = PROVIDERS[case.facility]
        address = {
            "line_1": house.street,
            "city": house.city,
            "state": house.state,
            "postal_code": house.zip,
        }
        found.append(party("FA", house, address=address))
    return found


def extras(case: Case) -> dict[str, object]:
    data: dict[str, object] = {}
    if case.extra.get("home_health"):
        data["home_health"] = {
            "prognosis": "4",
            "start_date": iso(case.dates[0]),
            "certification_period": period(case.dates),
            "certification_type": "I",
        }
    if trip := case.extra.get("transport"):
        data["conditions"] = [{"category": "07", "applies": True, "codes": ["04", "09"]}]
        data["ambulance"] = {
            "transport": trip,
            "reason": "A",
            "distance_unit": "DH",
            "distance": "12",
        }
        places = (
            ("PW", "PRETEND NURSING HOME", "5 UNREAL COURT"),
            ("45", "SAMPLETOWN GENERAL HOSPITAL", "100 MADEUP AVENUE"),
        )
        data["transports"] = [
            {
                "role": role,
                "kind": "2",
                "name": name,
                "address": {
                    "line_1": line,
                    "city": "SAMPLETOWN",
                    "state": "PA",
                    "postal_code": "19087",
                },
            }
            for role, name, line in places
        ]
    return data


def request(case: Case) -> dict[str, object]:
    clinic = PROVIDERS["clinic"]
    contact = {
        "name": "PRIOR AUTHORIZATION DESK",
        "numbers": [{"type": "TE", "number": "5555550100"}],
    }
    data: dict[str, object] = {
        "kind": "review_request",
        "reference": case.reference,
        "reviewer": {
            "role": "X3",
            "kind": "2",
            "name": PAYER[1],
            "identifier_type": "PI",
            "identifier": PAYER[0],
        },
        "requester": party("1P", clinic, contact=contact),
        "subscriber": person(case.subscriber, member_id=case.member_id),
    }
    if case.dependent is not None:
        data["dependent"] = person(case.dependent, relationship=case.dependent.relationship)
    data["event"] = event(case)
    return data


def expected(case: Case) -> dict[str, object]:
    """Return what the ledger must say of a request when every answer is in."""
    state, action = case.event
    own_number = action in ("A1", "A6") and (case.numbers in ("event", "both") or not case.services)
    event = {"state": state, "action": action}
    event |= granted(case, 0) if own_number else {"number": None, "usable_on_claim": False}
    services = []
    for number, _ in enumerate(case.services, 1):
        s_state, s_action = case.outcomes[number - 1] if case.outcomes else case.event
        row: dict[str, object] = {"service": number, "state": s_state, "action": s_action}
        if s_action in ("A1", "A6"):
            row |= granted(case, 0 if case.numbers == "event" else number)
        else:
            row |= {"number": None, "usable_on_claim": False}
        services.append(row)
    return {
        "reference": case.reference,
        "family": case.family,
        "dependent": case.dependent is not None,
        "acknowledged": "R" if state == "refused_technically" else "A",
        "event": event,
        "services": services if action else [],
        "polls": case.polls,
    }


def granted(case: Case, service: int) -> dict[str, object]:
    """Return what a certification gives; the window of an event belongs to those without services,
    or to those whose payer wrote it there."""
    data: dict[str, object] = {"number": case.number_for(service), "usable_on_claim": True}
    if case.window and not (service == 0 and case.numbers == "both"):
        data |= {"effective_on": iso(case.window[0]), "expires_on": iso(case.window[1])}
    return data


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(folder: Path) -> int:
    requests = folder / "requests"
    families: dict[str, list[str]] = {}
    for case in CASES:
        data = request(case)
        write(requests / f"{case.number:02d}_{case.family}.json", json.dumps(data, indent=2) + "\n")
        families.setdefault(case.family, []).append(json.dumps(data))
    for family, lines in families.items():
        write(requests / "by-family" / f"{family}.jsonl", "\n".join(lines) + "\n")
    demo = folder / "demo"
    at = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
    demo.mkdir(parents=True, exist_ok=True)
    for form, name in (("837P", "claims_837p.edi"), ("837I", "claims_837i.edi")):
        (demo / name).write_bytes(fixture_claims.claim_file(form, at))
    document = {
        "requests": [expected(case) for case in CASES],
        "claims": fixture_claims.expectations(),
    }
    write(demo / "expected.json", json.dumps(document, indent=2) + "\n")
    print(f"{len(CASES)} requests, {len(document['claims'])} claims")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "fixtures"))
