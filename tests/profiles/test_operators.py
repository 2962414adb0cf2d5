"""Each operator: kept, broken, and not decided where it depends on what is not given."""

import pytest

from tests.profiles.support import by_payer, codes, judged, profile_of, text_of
from x12_pa.acks import notes
from x12_pa.guides.hooks import Hooks, Message
from x12_pa.syntax import read_interchanges

OUT = {"tx": "278", "direction": "out"}
CHOOSE = {"choose": {"ISA08": {"by": "@channel", "map": {"direct": "DEMOPAYER", "hub": "HUB1"}}}}
UPDATE = ("UM*HS*I*4", "UM*HS*S*4")


def message(action="A1", *changes):
    (sent,) = read_interchanges(text_of("278-request-subscriber", *changes))
    segments = sent.groups[0].transactions[0].segments
    return Message(guide="278-request", segments=segments, action=action)


class History:
    def __init__(self, before=None, values=()):
        self.before, self.values = before, values

    def seen(self, path, value, keys, since):
        return value in self.values

    def earlier(self, keys):
        return self.before

    request = earlier


def hooks(before=None, values=()):
    return Hooks(history=History(before, values))


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"values": {"ISA08": ["DEMOPAYER"]}}, []),
        ({"values": {"ISA08": ["OTHER"]}}, ["P106"]),
        ({"values": {"GS03": ["OTHER"]}}, ["P106"]),
        ({"equals": {"trim(ISA06)": "GS02"}}, []),
        ({"equals": {"ISA08": "$partner.receiver"}}, ["P901"]),
        ({"format": {"ISA02": "^ {10}$"}}, []),
        ({"format": {"ISA13": r"^0000\d{5}$"}}, []),
        ({"format": {"ISA09": "date:YYMMDD"}}, []),
        ({"format": {"trim(ISA06)": "[A-Z]{3}"}}, ["P106"]),
        ({"delimiters": {"element": "*", "distinct": True}}, []),
        ({"delimiters": {"element": "|"}}, ["P121"]),
        ({"charset": {"set": "x12-basic"}}, []),
        ({"charset": {"spaces": False}}, ["P122"] * 6),
        ({"count": {"of": "ST", "max": 0, "per": "@file"}}, ["P123"]),
        ({"count": {"of": "2000F", "max": 0, "per": "@interchange"}}, ["P116"]),
        ({"date_window": {"path": "**/DTP/03", "not_after": "today"}}, ["P119", "P119"]),
        ({"date_window": {"path": "GS04", "not_after": "today"}}, []),
        ({"when": {"all": {"2000F/SV1/02": "100"}}, "then": {"forbid": "2000E/HI"}}, ["P112"]),
        ({"when": {"none": {"2000E/UM01": "HS"}}, "then": {"forbid": "2000E/HI"}}, []),
        ({"when": {"2000E/UM01": "AR"}, "then": {"require": "2000E/CL1"},
          "else": {"forbid": "2000E/HI"}}, ["P112"]),
        ({"when": {"@mode": "batch"}, "then": {"require": "2000E/CL1"}}, ["P901"]),
        ({"values": {"2000E/UM02": {"remove": ["I"]}}}, ["P101"]),
        ({"lookup": {"path": "2010B/NM109", "in": "roster"}}, ["P901"]),
        ({"transition": {"edit_if": ["A1"]}}, []),
        ({"schedule": {"cutoff": "21:00"}}, []),
        ({"file": {"min_bytes": 1, "max_mb": 1}}, []),
        ({"file": {"min_bytes": 99999}}, ["P129"]),
        ({"file": {"name": "^X.*"}}, ["P901"]),
        (CHOOSE, ["P901"]),
    ],
)  # fmt: skip
def test_operator(tmp_path, rule, found):
    assert codes(tmp_path, {"applies": OUT} | rule) == found


@pytest.mark.parametrize(
    ("rule", "context", "found"),
    [
        (CHOOSE, {"channel": "direct"}, []),
        (CHOOSE, {"channel": "hub"}, ["P106"]),
        (CHOOSE, {"channel": "fax"}, ["P901"]),
        ({"values": {"@mode": ["realtime"]}}, {"mode": "batch"}, ["P129"]),
        ({"equals": {"ISA15": "@env"}}, {"env": "test"}, []),
        ({"equals": {"ISA15": "@env"}}, {"env": "production"}, ["P106"]),
        ({"file": {"name": "{ISA06}_{GS02}*"}}, {"@file.name": "CLINIC001_CLINIC001.x"}, []),
        ({"format": {"@file.name": ".*OATEST.*"}}, {"@file.name": "a.x12"}, ["P129"]),
        ({"charset": {"upper": "$payer.upper"}}, {"payer.upper": True}, []),
        ({"forbid_unused": "$payer.strict"}, {"payer.strict": False}, []),
    ],
)
def test_operator_with_context(tmp_path, rule, context, found):
    assert codes(tmp_path, {"applies": OUT} | rule, context=context) == found


def test_a_rule_for_another_mode_is_not_judged_and_one_of_unknown_mode_is_told(tmp_path):
    rule = {"applies": OUT | {"mode": "realtime"}, "values": {"2000E/UM02": ["R"]}}
    assert codes(tmp_path, rule, context={"mode": "batch"}) == []
    assert codes(tmp_path, rule) == ["P901"]
    assert codes(tmp_path, rule, context={"mode": "realtime"}) == ["P101"]


def test_lookup_passes_fails_or_stays_unknown(tmp_path):
    rule = {"lookup": {"path": "2010B/NM109", "in": "roster"}, "applies": OUT}
    for answer, found in ((True, []), (False, ["P126"]), (None, ["P901"])):
        given = Hooks(lookups={"roster": lambda value, others, a=answer: a})
        assert codes(tmp_path, rule, hooks=given) == found


def test_unique_asks_the_history_of_the_partner(tmp_path):
    rule = {"unique": {"path": "ISA13", "over": "partner.interchanges"}, "applies": OUT}
    assert codes(tmp_path, rule, hooks=hooks()) == []
    assert codes(tmp_path, rule, hooks=hooks(values=["000000001"])) == ["P124"]
    assert codes(tmp_path, rule) == ["P901"]


@pytest.mark.parametrize(
    ("argument", "before", "found"),
    [
        ({"edit_if": ["A1"]}, message("A1"), []),
        ({"edit_if": ["A1"]}, message("A4"), ["P125"]),
        ({"edit_if": ["A1"]}, None, ["P901"]),
        ({"immutable": ["2000E/UM03"]}, message("A1", ("*I*4*", "*I*2*")), ["P125"]),
        ({"forbid_added": "2000F/SV1/01"}, message("A1", ("HC:73721:RT", "HC:1")), ["P125"]),
    ],
)
def test_transition_compares_an_update_with_its_request(tmp_path, argument, before, found):
    rule = {"transition": argument, "applies": OUT}
    data = text_of("278-request-subscriber", UPDATE)
    assert codes(tmp_path, rule, data, hooks=hooks(before)) == found


def test_echo_and_response_rules_are_judged_in_the_response(tmp_path):
    answer = text_of("278-response-certified")
    echo = {"echo": {"278R:2010C/NM103": "278:2010C/NM103"}}
    other = message("A1", ("TESTER", "ANOTHER"))
    assert codes(tmp_path, echo, answer) == ["P901"]
    assert codes(tmp_path, echo, answer, hooks=hooks(other)) == ["P127"]
    assert codes(tmp_path, {"response": {"values": {"HCR01": ["A3"]}}}, answer) != []
    assert codes(tmp_path, {"response": {"values": {"HCR01": ["A3"]}}}) == []


def test_a_ta1_code_of_the_guide_goes_into_the_ta1(tmp_path):
    rule = {"values": {"ISA08": ["X"]}, "expect": {"TA1": "022"}, "applies": OUT}
    assert notes.interchange_note(by_payer(judged(text_of(), profile_of(tmp_path, rule)))) == "022"
