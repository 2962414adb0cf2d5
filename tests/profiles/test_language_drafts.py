"""All 152 draft rules of the fact files load and run, or stand here with the reason why not."""

from collections import defaultdict

import pytest

from tests.profiles.drafts import drafts, profile_file
from tests.profiles.support import TODAY
from tests.support import FIXTURES
from x12_pa.errors import ConfigError
from x12_pa.guides import load_profile
from x12_pa.validation import validate
from x12_pa.validation.partner_standing import OPERATIONS_WHY, check_profile, standings

NOT_JUDGED = {
    "caqh_core.03": OPERATIONS_WHY,
    "caqh_core.08": "what counts as one error is the partner's affair",
    "mailbox_misc.06": OPERATIONS_WHY,
    "mailbox_misc.09": OPERATIONS_WHY,
    "medicare_hets.04": OPERATIONS_WHY,
    "medicare_hets.06": OPERATIONS_WHY,
    "north_sound.02": OPERATIONS_WHY,
    "office_ally_realtime.32": OPERATIONS_WHY,
}
# A draft that allows what 005010X217 does not: the requester stands in 2010B, not in 2010EA.
REFUSED = {"harvard_pilgrim.14": "1P is not allowed there"}


def test_there_are_152_of_them():
    assert len(list(drafts())) == 152


def test_every_draft_loads_and_is_judged_or_is_listed_with_its_reason(tmp_path):
    why = {}
    for draft in drafts():
        (standing,) = standings(load_profile(profile_file(tmp_path, draft.fact, [draft.rule])))
        if not standing.judged:
            why[draft.fact] = standing.why
    assert why == NOT_JUDGED


@pytest.mark.parametrize("fact", REFUSED)
def test_a_draft_that_widens_is_refused_with_the_reason(tmp_path, fact):
    (draft,) = (draft for draft in drafts() if draft.fact == fact)
    with pytest.raises(ConfigError, match=REFUSED[fact]):
        check_profile(load_profile(profile_file(tmp_path, fact, [draft.rule])))


def _families():
    found = defaultdict(list)
    for draft in drafts():
        if draft.fact not in REFUSED:
            found[draft.family].append(draft.rule)
    return found


def test_the_rules_of_each_guide_run_together_on_every_fixture(tmp_path):
    # Two programs of one payer have each an ISA08 of their own; both rules are there and judged.
    files = [path.read_bytes() for path in sorted((FIXTURES / "valid").glob("*.edi"))]
    ran = 0
    for family, rules in _families().items():
        profile = load_profile(profile_file(tmp_path, family, rules))
        for data in files[::4]:
            validate(data, profile=profile, today=TODAY)
            ran += len(rules)
    assert ran >= 151
