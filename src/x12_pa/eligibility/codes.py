"""Which codes of a 271 play which part in the answer; what they mean stands in the guide's lists.

Source: code lists 1390 (EB01), 1207 (EB02), 615 (EB06), 673 (EB09), 1073 (EB11, EB12), 374 (DTP01)
and 98 (NM101) of 005010X279A1. A code in no class plays no part: it is never read as its
neighbour.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

ACTIVE = frozenset("12345")
INACTIVE = frozenset("678")
NON_COVERED = frozenset("I")
UNPAID = frozenset("EO")
"""Excluded, or not deemed necessary: that no authorization is needed there is no permission."""
OTHER_PAYER = frozenset("R")

PLAN_IN_GENERAL = "30"
"""The service type that stands for the plan as a whole."""

REQUIRED: Mapping[str, Literal["yes", "no", "unknown"]] = MappingProxyType(
    {"Y": "yes", "N": "no", "U": "unknown"}
)
NETWORKS: Mapping[str, Literal["in", "out", "unknown", "any"]] = MappingProxyType(
    {"Y": "in", "N": "out", "U": "unknown", "W": "any"}
)

SUBSCRIBER_LEVELS = frozenset({None, "IND", "EMP", "FAM", "ECH", "ESP"})
"""Coverage levels of a subscriber's benefit that include the subscriber."""

DEPENDENT_LEVELS = frozenset({"FAM", "DEP"})
"""Coverage levels of a subscriber's benefit that include every dependent."""

RELATED_LEVELS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"01": frozenset({"ESP", "SPC", "SPO"}), "19": frozenset({"CHD", "ECH", "SPC"})}
)
"""Further levels that include a dependent, by relationship to the subscriber (INS02)."""

SPANS = frozenset({"291", "292", "307", "472"})
"""Kinds of dates that name the days themselves; one single day may also be meant as a start."""
BEGINS = frozenset({"193", "346", "348", "356", "539"})
ENDS = frozenset({"194", "347", "349", "357", "540"})
SERVICE_DATE = "472"
PLAN_DATE = "291"

LEFT = frozenset({"29", "33"})
EXCEEDED = frozenset({"30"})
QUANTITY_USED = "99"

PLACE_OF_SERVICE = "ZZ"
REVIEWER = "X3"
PERSON = "1"
PRIOR_IDENTIFIER = "Q4"
HELD_NUMBERS = frozenset({"G1", "9F"})
IDENTITY_CHANGED = ("001", "25")

SAME_CODE_SET = frozenset({"HC", "CJ"})
"""Procedure qualifiers that both hold CPT codes."""
