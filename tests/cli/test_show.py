"""`show`, `explain`, `guides`, `profiles`, `schema`."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.support import REQUEST, VALID, run
from x12_pa.cli.schema import find_schema, schema_names
from x12_pa.guides import guide_keys
from x12_pa.validation import CODES


def test_the_tree_names_loops_elements_and_codes() -> None:
    lines = run("show", REQUEST).stdout.splitlines()
    stripped = [line.strip() for line in lines]
    assert any(line.startswith("Loop 2010D") for line in stripped)
    um01 = next(line for line in stripped if line.startswith("UM01"))
    assert um01.split() == [
        "UM01",
        "HS",
        "Request",
        "Category",
        "Code:",
        "health",
        "services",
        "review",
    ]
    assert any(line.startswith("HI02-2 ") for line in stripped)


@pytest.mark.parametrize("path", sorted(VALID.glob("*.edi")), ids=lambda path: path.stem)
def test_every_valid_file_is_shown_whole(path: Path) -> None:
    result = run("show", "--json", path)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    jsonschema.validate(document, find_schema("show"))
    assert (
        _segments(document["items"])
        == json.loads(run("validate", "--json", path).stdout)["files"][0]["segments"]
    )


def _segments(items: list[dict[str, object]]) -> int:
    return sum(_segments(i["items"]) if "items" in i else 1 for i in items)  # type: ignore[arg-type]


def test_a_segment_without_a_place_is_shown_hidden_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "odd.edi"
    path.write_text(REQUEST.read_text().replace("TRN*1*TRC000003", "ZZZ*HELLO~\nTRN*1*TRC000003"))
    shown = run("show", path).stdout
    assert "ZZZ  no place for it in the guide" in shown
    assert "HELLO" not in shown
    assert "HELLO" in run("show", "--show-phi", path).stdout


def test_a_set_of_an_unknown_guide_is_shown_without_values(tmp_path: Path) -> None:
    path = tmp_path / "unknown.edi"
    path.write_text(REQUEST.read_text().replace("*278*", "*999*").replace("005010X217", "1"))
    result = run("show", path)
    assert result.exit_code == 0


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "escape.edi"
    path.write_text(REQUEST.read_text().replace("*AE*", "*\x1b[2J*"))
    for args in (("show", "--show-phi"), ("validate", "--show-phi")):
        assert "\x1b" not in run(*args, path).output


def test_guides_are_listed_and_shown() -> None:
    rows = json.loads(run("guides", "list", "--json").stdout)["guides"]
    assert [row["key"] for row in rows if row["origin"] != "pyx12"] == list(guide_keys())
    for key in guide_keys():
        assert run("guides", "show", key).exit_code == 0
        assert json.loads(run("guides", "show", key, "--json").stdout)["uses"]


def test_a_loop_that_stands_in_two_places_is_shown_twice() -> None:
    shown = run("guides", "show", "278-request", "2000E/UM").stdout
    assert "2000A/2000B/2000C/2000E/UM:" in shown
    assert "2000A/2000B/2000C/2000D/2000E/UM:" in shown
    assert "HS   health services review" in shown


def test_a_guide_narrowed_by_a_profile_says_by_whom() -> None:
    shown = run("guides", "show", "278-request", "2010A/NM1", "--profile", "demo-payer").stdout
    assert "(profile:demo-payer)" in shown


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("guides", "show", "278"), "278-request"),
        (("guides", "show", "278-request", "2000Z"), "2000Z"),
        (("profiles", "show", "nobody"), "demo-payer"),
        (("schema", "nothing"), "review_request"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.stderr


def test_profiles_are_listed_shown_and_linted() -> None:
    rows = json.loads(run("profiles", "list", "--json").stdout)["profiles"]
    for row in rows:
        shown = json.loads(run("profiles", "show", row["profile"], "--json").stdout)
        assert len(shown["rules"]) == row["rules"]
        assert run("profiles", "lint", row["profile"]).exit_code == 0


def test_lint_names_the_rule_that_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text(
        "profile: wide\ntitle: Too wide\nsource: {title: Nobody, date: 2026-05-01}\nrules:\n"
        "  - id: too-wide\n    applies: {tx: '278', direction: out}\n"
        "    source: nowhere\n    length: {2000E/MSG01: {max: 9999}}\n"
    )
    result = run("profiles", "lint", path, "demo-payer")
    assert result.exit_code == 1
    assert "error[refused]: rule 'too-wide'" in result.stdout


def test_a_code_is_explained_and_all_codes_are_listed() -> None:
    rows = json.loads(run("explain", "--json").stdout)["codes"]
    assert [row["code"] for row in rows] == sorted(CODES)
    for code in ("X215", "x215"):
        shown = run("explain", code).stdout
        assert "X215" in shown
        assert "IK403 7" in shown
    missed = run("explain", "X2155")
    assert missed.exit_code == 2
    assert "Did you mean X215?" in missed.stderr


def test_every_schema_is_a_schema() -> None:
    assert run("schema").stdout.split() == schema_names()
    for name in schema_names():
        found = json.loads(run("schema", name).stdout)
        jsonschema.Draft202012Validator.check_schema(found)


def test_the_schema_of_a_payer_has_its_limits() -> None:
    shown = run("schema", "review_request", "--profile", "demo-payer").stdout
    assert "DEMOPAYER" in shown
    assert "DEMOPAYER" not in run("schema", "review_request").stdout
