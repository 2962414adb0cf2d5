"""Hold what a payer sends against what its own companion guide says that it sends.

An answer that breaks the payer's guide is taken in all the same: it decides what it decides. But
people should know, for where an answer repeats another provider than was asked about, somebody has
to call the payer. Only rules about answers count here; what is asked of us was checked on the way
out.
"""

from collections import Counter
from functools import cache

from x12_pa.errors import ConfigError
from x12_pa.exchange.store import Inbound
from x12_pa.guides import Profile
from x12_pa.guides.hooks import Hooks
from x12_pa.guides.profile import KINDS, Rule
from x12_pa.ledger.database import Tx
from x12_pa.services.history import LedgerHistory, hashes_of
from x12_pa.services.office import Office
from x12_pa.services.pieces import NOT_HELD_AGAINST, UNLIKE_GUIDE, Piece, Tally
from x12_pa.services.registries import registries_for
from x12_pa.validation import validate

_ABOUT_ANSWERS = frozenset({"echo", "response"})


def note_breaches(tx: Tx, office: Office, inbound: Inbound, piece: Piece, tally: Tally) -> None:
    """Count how often an interchange breaks what its sender's guide says of answers.

    The guide is that of the mailbox; for a file from disk, that of the mailbox whose profile names
    the sender. A profile or registry that cannot be used keeps no answer out; it is counted.
    """
    try:
        tally.counts += Counter({UNLIKE_GUIDE: _breaches(tx, office, inbound.mailbox, piece)})
    except ConfigError:
        tally.counts[NOT_HELD_AGAINST] += 1


def _breaches(tx: Tx, office: Office, mailbox: str, piece: Piece) -> int:
    profile = _profile_of(office, mailbox, piece.sender)
    if profile is None or not any(map(_is_about_answers, profile.rules)):
        return 0
    today = office.today()
    history = LedgerHistory(
        tx=tx,
        own=cache(lambda: frozenset(hashes_of(piece))),
        keep=True,
        zone=office.settings.zone,
    )
    lookups = registries_for(profile, office.settings.lookups, today)
    result = validate(
        piece.open(),
        profile=profile,
        today=today,
        context={"mode": "batch"},
        hooks=Hooks(history=history, lookups=lookups),
    )
    rules = (profile.rule(f.rule.id) for f in result.findings if f.rule and f.severity != "info")
    return sum(rule is not None and _is_about_answers(rule) for rule in rules)


def _profile_of(office: Office, mailbox: str, sender: str) -> Profile | None:
    boxes = office.settings.mailboxes
    if mailbox in boxes:
        return office.profile_of(boxes[mailbox])
    known = (office.profile_of(box) for box in boxes.values())
    return next((p for p in known if p and p.envelope.get("ISA08") == sender), None)


def _is_about_answers(rule: Rule) -> bool:
    then = rule.body.get("then", {})
    operators = {*rule.body, *(then if isinstance(then, dict) else ())}
    return rule.kinds == KINDS["in"] or bool(operators & _ABOUT_ANSWERS)
