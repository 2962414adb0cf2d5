"""Authorizations and claims brought together: the right number on the right loop of an 837.

`reading` turns an 837 into `claims` records; `match` holds each line against the authorizations by
the table of `checks`; `placement` decides between claim and line level; `edit` changes the bytes;
`fill` is the whole of it. `Policy` holds what differs between payers.
"""

from x12_pa.reconcile.claims import Claim, ClaimSet, Line, OtherPayer, Reference, Slot
from x12_pa.reconcile.evidence import Evidence
from x12_pa.reconcile.fill import FillResult, check_claims, fill_claims
from x12_pa.reconcile.policy import DEFAULT_POLICY, Equivalence, Policies, Policy
from x12_pa.reconcile.reading import read_claim_sets
from x12_pa.reconcile.report import REASONS, Change, ClaimReport, LineReport, report_json
from x12_pa.reconcile.units import UnitUse

__all__ = [
    "DEFAULT_POLICY",
    "REASONS",
    "Change",
    "Claim",
    "ClaimReport",
    "ClaimSet",
    "Equivalence",
    "Evidence",
    "FillResult",
    "Line",
    "LineReport",
    "OtherPayer",
    "Policies",
    "Policy",
    "Reference",
    "Slot",
    "UnitUse",
    "check_claims",
    "fill_claims",
    "read_claim_sets",
    "report_json",
]
