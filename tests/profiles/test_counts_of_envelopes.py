"""Interchanges and groups are counted as they begin, also those that hold nothing."""

import pytest

from tests.profiles.support import by_payer, judged, profile_of, text_of

TEXT = text_of().decode()
HEADER = TEXT[:106] + "\n"
GROUP = TEXT[TEXT.index("GS*") : TEXT.index("IEA*")]
EMPTY_GROUP = "GS*HI*CLINIC001*DEMOPAYER*20261122*0905*{}*X*005010X217~\nGE*0*{}~\n"


def interchange(number: int, *groups: str) -> str:
    inside = "".join(
        text.format(n, n) if text is EMPTY_GROUP else text.replace("*1*X*", f"*{n}*X*")
        .replace("GE*1*1~", f"GE*1*{n}~")
        for n, text in enumerate(groups, 1)
    )  # fmt: skip
    control = f"{number:09d}"
    return HEADER.replace("000000001", control) + inside + f"IEA*{len(groups)}*{control}~\n"


def found(folder, rule, *interchanges: str) -> list[tuple[str, str | None, str | None]]:
    data = "".join(interchanges).encode()
    result = judged(data, profile_of(folder, rule))
    return [(f.code, f.interchange, f.group) for f in by_payer(result)]


ONE_FILE = {"count": {"of": "ISA", "per": "@file", "max": 1}}
ONE_GROUP = {"count": {"of": "GS", "per": "@interchange", "max": 1}}


@pytest.mark.parametrize(
    ("interchanges", "expected"),
    [
        ([[GROUP]], []),
        ([[GROUP], [GROUP]], [("P123", "000000002", None)]),
        ([[GROUP], [GROUP], [GROUP]], [("P123", "000000002", None)]),
        ([[GROUP], []], [("P123", "000000002", None)]),
        ([[], [GROUP]], [("P123", "000000002", None)]),
        ([[], []], []),
    ],
)
def test_interchanges_of_a_file(tmp_path, interchanges, expected):
    texts = [interchange(n, *groups) for n, groups in enumerate(interchanges, 1)]
    assert found(tmp_path, ONE_FILE, *texts) == expected


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([GROUP], []),
        ([GROUP, GROUP], [("P123", "000000001", "2")]),
        ([GROUP, EMPTY_GROUP], [("P123", "000000001", "2")]),
        ([EMPTY_GROUP, GROUP], [("P123", "000000001", "2")]),
    ],
)
def test_groups_of_an_interchange(tmp_path, groups, expected):
    assert found(tmp_path, ONE_GROUP, interchange(1, *groups)) == expected


def test_each_interchange_counts_its_own_groups(tmp_path):
    texts = [interchange(1, GROUP), interchange(2, GROUP, EMPTY_GROUP), interchange(3, GROUP)]
    assert found(tmp_path, ONE_GROUP, *texts) == [("P123", "000000002", "2")]


def test_too_few_counts_what_is_empty_too(tmp_path):
    rule = {"count": {"of": "ISA", "per": "@file", "min": 2}}
    assert [code for code, _, _ in found(tmp_path, rule, interchange(1, GROUP))] == ["P129"]
    assert found(tmp_path, rule, interchange(1, GROUP), interchange(2)) == []
