"""Reports as people and spreadsheets get them: text and CSV, against snapshots."""

import csv
import json
from io import BytesIO, StringIO

import pytest
from attrs import evolve

from tests.validation.reports import SNAPSHOTS, checked, made, specimen, text
from x12_pa.syntax import Delimiters
from x12_pa.validation import Finding
from x12_pa.validation.excerpt import Excerpts
from x12_pa.validation.findings_csv import COLUMNS, cell, render_csv
from x12_pa.validation.hiding import hide
from x12_pa.validation.render import finding_json, render_json
from x12_pa.validation.spans import marked, window
from x12_pa.validation.text import shortened, text_report

MADE = made()


@pytest.mark.parametrize("name", sorted(MADE))
def test_report_reads_as_before(name):
    assert MADE[name] == (SNAPSHOTS / name).read_bytes().decode("utf-8")


def _finding(**fields):
    return Finding(code="X215", severity="error", snip=2, **fields)


@pytest.mark.parametrize(
    ("element", "component", "repetition", "expected"),
    [
        ("SV101", None, None, "HC:73721:RT"),
        ("SV101", 3, None, "RT"),
        ("SV102", None, None, "100"),
        ("SV104", None, 2, "3"),
        ("SV105", None, None, None),
    ],
)
def test_exactly_the_bad_part_is_marked(element, component, repetition, expected):
    line = "SV1*HC:73721:RT*100*UN*2^3"
    finding = _finding(segment="SV1", element=element, component=component, repetition=repetition)
    span = marked(finding, line)
    assert (span and line[slice(*span)]) == expected


def test_separators_of_the_file_are_used_when_they_are_known():
    finding = _finding(segment="SV1", element="SV101", component=2)
    span = marked(finding, "SV1|HC>73721|100", Delimiters("|", ">", "^", "~"))
    assert span == (7, 12)


def test_a_long_segment_is_cut_around_the_bad_part():
    line = "MSG*" + "A" * 300 + "*BAD*" + "B" * 300
    shown, span = window(line, (305, 308))
    assert len(shown) < 120
    assert shown[slice(*span)] == "BAD"
    assert (shown[0], shown[-1]) == ("…", "…")


def test_a_long_list_of_values_is_cut_and_says_how_many_there_are():
    values = ", ".join(f"A{n}" for n in range(11))
    cut = shortened(f"X: {values} or B1 was expected. Correct it.")
    assert cut == "X: A0, A1, A2, A3, A4, A5 or 6 more was expected. Correct it."
    assert shortened(f"X: {values} or 40 more was expected.").count("or 45 more") == 1


def test_a_short_list_is_left_alone():
    message = "UM02 is not one of: 1, 2, 3, 4, I, N, R or S was expected."
    assert shortened(message) == message


def test_a_missing_segment_is_shown_after_the_one_before_it():
    lines = text(specimen("claims")).splitlines()
    at = next(n for n, line in enumerate(lines) if "is missing after this segment" in line)
    assert lines[at - 1].startswith("   | SBR*P*18")


def test_findings_stand_under_their_transaction_set_and_claim():
    lines = text(specimen("claims")).splitlines()
    headings = [line for line in lines if line.startswith("specimen.edi: ")]
    assert headings[0].startswith(
        "specimen.edi: 837 claim 0001 (005010X222A1), CLM01 CLAIM-0001, group 1"
    )


def test_without_the_file_the_report_still_reads():
    plain = [str(line) for line in text_report(checked(specimen("request")))]
    assert any("UM*HS*Z" in line for line in plain)


def test_a_file_that_shrank_meanwhile_is_no_disaster():
    data = specimen("request")
    result = checked(data)
    excerpts = Excerpts(BytesIO(data[:300]), result)
    assert list(text_report(result, excerpts=excerpts))


@pytest.mark.parametrize("text_", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "|x", "%x"])
def test_a_value_never_becomes_a_formula(text_):
    assert cell(text_).startswith("'")


def test_numbers_and_codes_stay_as_they_are():
    assert [cell(12), cell("X215"), cell(None)] == ["12", "X215", ""]


def test_csv_has_one_row_for_each_finding_with_the_columns_of_json():
    result = checked(specimen("request"))
    first = result.findings[0]
    evil = evolve(first, value='=HYPERLINK("http")\r\n', message='say "so", please')
    result.findings = [evil, *result.findings[1:]]
    rows = list(csv.DictReader(StringIO("".join(render_csv([result])))))
    assert len(rows) == len(result.findings)
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["value"] == '\'=HYPERLINK("http")\\x0d\\x0a'
    beside = {"path", "ik304", "ik403", "rule_source", "rule_expect"}
    assert set(finding_json(first)) - {"ack"} == set(COLUMNS) - beside


def test_json_lists_findings_in_document_order():
    document = json.loads("".join(render_json([checked(specimen("claims"))])))
    lines = [found["line"] for found in document["files"][0]["findings"]]
    assert lines == sorted(lines)
    assert len(lines) == 4


def test_a_segment_that_no_guide_explains_is_hidden_whole():
    assert hide((), "ZZZ*NAME*1:NAME^2", Delimiters()) == "ZZZ*•••*•••:•••^•••"
