"""What `fixtures/demo/expected.json` says is what requests, payer, decisions and claims give.

The whole main job without database and network: every request goes through the payer, every answer
through the decision rules, and the claim files through the reconciliation.
"""

import json
from datetime import date
from typing import Any

import pytest

from tests.simulator.support import Desk, load, request_files, responses
from tests.support import FIXTURES
from x12_pa.authorizations.decisions import decisions
from x12_pa.authorizations.history import settle_all
from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.records import Authorization
from x12_pa.reconcile import fill_claims

DEMO = FIXTURES / "demo"
EXPECTED = json.loads((DEMO / "expected.json").read_text())


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Authorization]]:
    """Return the current authorizations of every request, by BHT03."""
    desk = Desk(tmp_path_factory.mktemp("payer"))
    requests = [load(path) for path in request_files()]
    state = {r.reference or "": list(opened(r)) for r in requests}
    found = []
    for number, request in enumerate(requests, 1):
        found += responses(desk.ask(request, control=number))
    found += responses(desk.poll())
    for response in found:
        rows = state[response.reference or ""]
        changes = settle_all(rows, decisions(response, _current(rows)))
        rows += [change.record for change in changes if change.outcome == "new"]
    return {reference: _current(rows) for reference, rows in state.items()}


def _current(rows: list[Authorization]) -> list[Authorization]:
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.version)}
    return list(newest.values())


def test_every_request_ends_as_expected(known: dict[str, list[Authorization]]):
    wrong = []
    for want in EXPECTED["requests"]:
        rows = {a.service or 0: a for a in known[want["reference"]]}
        expected = [] if want["acknowledged"] == "R" else [want["event"], *want["services"]]
        for row in expected:
            found = rows[row.get("service", 0)]
            got = {name: _plain(getattr(found, name)) for name in row}
            if got != row:
                wrong.append((want["reference"], got, row))
    assert wrong == []


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize(
    ("form", "name"), [("837P", "claims_837p.edi"), ("837I", "claims_837i.edi")]
)
def test_every_claim_line_ends_as_expected(
    known: dict[str, list[Authorization]], form: str, name: str
):
    current = [a for rows in known.values() for a in rows]
    report = fill_claims((DEMO / name).read_bytes(), current).report_json()
    want = {c["claim_id"]: c for c in EXPECTED["claims"] if c["form"] == form}
    wrong = []
    for claim in report["claims"]:
        expected = want.pop(claim["claim_id"])
        if claim["outcome"] != expected["outcome"]:
            wrong.append((claim["claim_id"], claim["outcome"], expected["outcome"]))
        for line, should in zip(claim["lines"], expected["lines"], strict=True):
            got = {name: line[name] for name in should}
            if got != should:
                wrong.append((claim["claim_id"], got, should, line["detail"]))
    assert (wrong, list(want)) == ([], [])
