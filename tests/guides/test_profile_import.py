"""Profiles made from the table of a companion guide."""

import io
import zipfile
from datetime import date

import pytest

from x12_pa.errors import DocumentError
from x12_pa.guides import load_guide, load_profile
from x12_pa.guides.profile_import import Document, import_table, read_codes, read_length
from x12_pa.guides.sheets import read_rows

HEADER = "Page #,Loop ID,Reference,Name,Codes,Length,Notes/Comments"


def imported(folder, *lines, guide="278-request", **of):
    """Import a CSV, write the result, load it; return (profile, its text)."""
    data = "\n".join((HEADER, *lines)).encode()
    text, _, _ = import_table(
        read_rows(data),
        profile_id="table",
        guide_key=guide,
        document=Document(title="table.csv", **of),
    )
    path = folder / "table.yaml"
    path.write_text(text, encoding="utf-8")
    made = load_profile(path)
    load_guide(guide, made)
    return made, text


def bodies(made):
    return [dict(rule.body) for rule in made.rules]


def test_codes_and_lengths_become_rules_and_the_page_their_source(tmp_path):
    made, _ = imported(tmp_path, "12,2010A,NM108,Qualifier,PI,,", "17,2000E,MSG01,Text,,1/80,")
    assert [(dict(rule.body), rule.source) for rule in made.rules] == [
        ({"values": {"2010A/NM108": ["PI"]}}, "section 10, page 12"),
        ({"length": {"2000E/MSG01": {"min": 1, "max": 80}}}, "section 10, page 17"),
    ]


def test_the_loop_is_carried_down_and_components_are_kept(tmp_path):
    made, _ = imported(tmp_path, "1,2000F,SV1,Service,,,", ",,SV103,Unit,UN,,", ",,SV101-1,Id,HC,,")
    assert bodies(made) == [
        {"values": {"2000F/SV103": ["UN"]}},
        {"values": {"2000F/SV101-1": ["HC"]}},
    ]


def test_rows_of_the_envelope_become_envelope_values(tmp_path):
    made, _ = imported(tmp_path, "3,,ISA08,Receiver,ACMEHP,15/15,", '3,,GS03,Receiver,"A1, A2",,')
    assert (made.envelope, bodies(made)) == (
        {"ISA08": "ACMEHP"},
        [{"values": {"GS03": ["A1", "A2"]}}],
    )


def test_notes_become_comments_for_a_person(tmp_path):
    made, text = imported(tmp_path, '1,2010B,PER,Contact,,,"Required, reviewers call back"')
    assert made.rules == ()
    assert "# row 2, 2010B/PER Contact: to be turned into a rule: Required, reviewers" in text


def test_a_code_that_the_guide_does_not_allow_is_left_out_and_named(tmp_path):
    made, text = imported(tmp_path, "1,2000E,UM01,Category,HS; QQ,,")
    assert bodies(made) == [{"values": {"2000E/UM01": ["HS"]}}]
    assert "QQ is not allowed by the guide" in text


def test_what_the_guide_says_already_is_no_rule(tmp_path):
    made, _ = imported(tmp_path, '1,2000E,UM01,Category,"AR,HS,IN,SC",1/2,')
    assert made.rules == ()


def test_two_rows_that_leave_nothing_together_still_load(tmp_path):
    made, text = imported(tmp_path, "1,2000E,UM01,Category,HS,,", "2,2000E,UM01,Category,AR,,")
    assert bodies(made) == [{"values": {"2000E/UM01": ["HS"]}}]
    assert '# row 3, 2000E/UM01 Category: values ["AR"], but UM01: AR is not allowed there' in text


def test_an_element_that_is_nowhere_is_a_comment(tmp_path):
    made, text = imported(tmp_path, "1,2010B,DMG02,Birth date,,8,")
    assert made.rules == ()
    assert "278-request has nothing at '2010B/DMG02'" in text


def test_a_note_with_control_characters_and_colons_still_loads(tmp_path):
    made, _ = imported(
        tmp_path, '1,2010A,NM108,"Name: \x07 ""x"" # {y}",PI,,"a: b\n- c\x00d"'.replace("\x00", "")
    )
    assert made.rules[0].message == 'Name: "x" # {y}'


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("PI, XX", ["PI", "XX"]),
        ("PI or XX", ["PI", "XX"]),
        ("PI - payer id\nXX – NPI", ["PI", "XX"]),
        ("‘PI’ see below please", []),
        ("04;05", ["04", "05"]),
    ],
)
def test_cells_of_codes(cell, codes):
    assert read_codes(cell)[0] == codes


@pytest.mark.parametrize(
    ("cell", "length"),
    [
        ("2/15", (2, 15)),
        ("1-35", (1, 35)),
        ("max 20", (None, 20)),
        ("20.0", (None, 20)),
        ("?", None),
    ],
)
def test_cells_of_lengths(cell, length):
    assert read_length(cell) == length


def workbook(*rows):
    """Return an XLSX with shared strings, as spreadsheet programs write it."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    texts = list(dict.fromkeys(cell for row in rows for cell in row if cell))
    shared = "".join(f"<si><r><t>{text[:2]}</t></r><r><t>{text[2:]}</t></r></si>" for text in texts)
    lines = ""
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{chr(65 + at)}{number}" t="s"><v>{texts.index(cell)}</v></c>'
            for at, cell in enumerate(row)
            if cell
        )
        lines += f'<row r="{number}">{cells}</row>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst {main}>{shared}</sst>")
        sheet = f"<worksheet {main}><sheetData>{lines}</sheetData></worksheet>"
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return stream.getvalue()


def test_a_workbook_is_read_like_a_csv():
    rows = [HEADER.split(","), ["12", "2010A", "NM108", "", "PI"]]
    assert read_rows(workbook(*rows)) == rows


def test_an_entity_in_a_workbook_is_not_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("open sesame")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><worksheet xmlns="http://schemas.'
            'openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" '
            't="inlineStr"><is><t>&x;</t></is></c></row></sheetData></worksheet>',
        )
    assert "sesame" not in str(read_rows(stream.getvalue()))


@pytest.mark.parametrize("data", [b"PK\x03\x04 not a zip", b"\xd0\xcf\x11\xe0", b"a\0b"])
def test_what_is_no_table_is_refused_in_words(data):
    with pytest.raises(DocumentError):
        read_rows(data)


def test_a_table_without_the_headers_of_the_template_is_refused():
    document = Document(title="x")
    with pytest.raises(DocumentError, match="headers of the CORE template"):
        import_table([["one", "two"]], profile_id="x", guide_key="270", document=document)


def test_nobody_is_said_to_have_read_the_payers_own_document(tmp_path):
    made, _ = imported(tmp_path, "12,2010A,NM108,Qualifier,PI,,")
    assert made.source["provenance"] == "unknown"
    assert "nobody has said" in made.caution
    assert "date" not in made.source


def test_what_the_importing_person_says_of_the_document_stands_in_the_profile(tmp_path):
    said = {"version": "2.1", "day": date(2026, 5, 1), "provenance": "primary"}
    made, _ = imported(tmp_path, "12,2010A,NM108,Qualifier,PI,,", **said)
    assert {name: made.source[name] for name in ("version", "date", "provenance")} == {
        "version": "2.1",
        "date": "2026-05-01",
        "provenance": "primary",
    }
    assert made.caution == ""
