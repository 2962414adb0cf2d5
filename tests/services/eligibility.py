"""Questions about eligibility, and payers that answer them as a test wants."""

from datetime import date
from pathlib import Path
from typing import Any

from attrs import evolve

from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench
from tests.simulator.support import personality
from x12_pa.eligibility.schedule import Check

DAY = date(2026, 12, 5)
CHECK = Check(
    payer_id="DEMOPAYER",
    payer_name="DEMONSTRATION HEALTH PLAN",
    provider_npi="1000000012",
    provider_name="EXAMPLE VALLEY CLINIC",
    member_id="MBR000101",
    subscriber_last_name="TESTER",
    subscriber_first_name="ALMA",
    subscriber_birth_date=date(1947, 2, 2),
    procedure="73721",
    place_of_service="22",
    service_date=DAY,
)
THERAPY = evolve(CHECK, procedure=None, service_type="PT", place_of_service=None)
CHILD = evolve(
    CHECK,
    dependent_last_name="TESTER",
    dependent_first_name="EMIL",
    dependent_birth_date=date(2014, 8, 1),
)
OTHER = evolve(
    CHECK,
    member_id="MBR000102",
    subscriber_last_name="FICTION",
    subscriber_birth_date=date(1961, 3, 4),
)


def told(*rules: dict[str, Any], **otherwise: Any) -> Any:
    """Return a payer that answers 270s by rules (`when`, `answer`), the rest as `otherwise`."""
    named = [{"id": f"rule-{n}", **rule} for n, rule in enumerate(rules, 1)]
    return personality(eligibility={"rules": named, "otherwise": otherwise})


def profiled(folder: Path, who: Any = None, *, rules: str = "", mailbox: str = "") -> Bench:
    """Return a bench whose payer's profile has further rules and a section `mailbox`."""
    text = f"""\
profile: clinic-payer
extends: [demo-payer]
title: A payer with its own wishes
source: {{title: Written for a test, confidence: high}}
rules:
{rules or "  []"}
mailbox: {{{mailbox}}}
"""
    (folder / "clinic-payer.yaml").write_text(text, encoding="utf-8")
    box = MAILBOX.replace('profile = "demo-payer"', 'profile = "clinic-payer.yaml"')
    return Bench(folder, who or told(), config=IDENTITY + LEDGER + box)
