"""`x12-pa profiles`: what its commands print and how they end."""

import json

from tests.cli.support import run
from tests.guides.profile_specimens import rules, written

OUT = "applies: {tx: '278', direction: out}"


def test_list_names_the_shipped_profiles():
    rows = json.loads(run("profiles", "list", "--json").stdout)["profiles"]
    assert "demo-payer" in [row["profile"] for row in rows]


def test_show_as_html_is_one_page_without_anything_from_outside():
    text = run("profiles", "show", "demo-payer", "--html").stdout
    assert ("<script" in text, "src=" in text, "default-src 'none'" in text) == (False, False, True)


def test_show_as_html_escapes_what_a_profile_says(tmp_path):
    path = written(tmp_path, rules(f"id: a, {OUT}, require: 2000E/HI, message: '<b>&'"))
    assert "&lt;b&gt;&amp;" in run("profiles", "show", path, "--html").stdout


def test_show_writes_to_a_file(tmp_path):
    assert run("profiles", "show", "demo-payer", "-o", tmp_path / "guide.txt").stdout == ""
    assert (tmp_path / "guide.txt").read_text().startswith("demo-payer: ")


def test_show_as_json_has_the_chapters_and_the_rules():
    document = json.loads(run("profiles", "show", "demo-payer", "--json").stdout)
    table = document["chapters"][9]["sections"][0]
    first = dict(zip(table["columns"], table["rows"][0], strict=True))
    assert (first["Rule"], first["Source"], first["Codes"]) == (
        "umo-id-qualifier",
        "section 7.1",
        "PI",
    )


def test_diff_ends_with_1_and_says_what_is_tightened():
    done = run("profiles", "diff", "--base", "demo-payer")
    assert (done.exit_code, "tightened: 278-request 2010B/PER: required" in done.stdout) == (
        1,
        True,
    )


def test_diff_with_itself_ends_with_0():
    done = run("profiles", "diff", "demo-payer", "demo-payer", "--json")
    assert (done.exit_code, json.loads(done.stdout)["changes"]) == (0, [])


def test_diff_of_one_profile_asks_for_the_other():
    assert run("profiles", "diff", "demo-payer").exit_code == 2


def test_lint_says_where_and_what_to_do(tmp_path):
    path = written(tmp_path, rules(f"id: a, {OUT}, require: 2010B/DMG"))
    done = run("profiles", "lint", path)
    assert done.exit_code == 1
    assert "specimen.yaml:5: error[dead-path]: rule 'a': '2010B/DMG' names nothing" in done.stdout


def test_lint_ends_with_2_when_a_profile_cannot_be_loaded(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("profile: broken\n", encoding="utf-8")
    done = run("profiles", "lint", path, "demo-payer")
    assert (done.exit_code, "error[load]" in done.stdout) == (2, True)


def test_lint_lets_warnings_pass_unless_it_is_strict(tmp_path):
    path = written(tmp_path, rules(f"id: a, {OUT}, require: 2010B/PER"))
    ends = [run("profiles", "lint", path, *more).exit_code for more in ([], ["--strict"])]
    assert ends == [0, 1]


def test_every_shipped_profile_is_free_of_errors():
    document = json.loads(run("profiles", "lint", "--json").stdout)
    bad = [
        item
        for row in document["profiles"]
        for item in row["findings"]
        if item["severity"] == "error"
    ]
    assert bad == []


def test_test_ends_with_1_when_a_sample_does_something_else(tmp_path):
    path = written(tmp_path, rules(f"id: a, {OUT}, require: 2010B/PER"))
    (tmp_path / "specimen").mkdir()
    samples = 'base: 278-request-subscriber\nrules: {a: {fail: [["PAIN", "ACHE"]]}}\n'
    (tmp_path / "specimen" / "samples.yaml").write_text(samples, encoding="utf-8")
    done = run("profiles", "test", path)
    assert (done.exit_code, "1 of 2 samples do what they should" in done.stdout) == (1, True)


def test_an_imported_table_lints_without_errors(tmp_path):
    table = tmp_path / "Table of ACME (2026).csv"
    table.write_text("Loop ID,Reference,Codes,Length\n2010A,NM108,PI,\n", encoding="utf-8")
    made = tmp_path / "acme.yaml"
    assert run("profiles", "import", table, "-o", made).exit_code == 0
    assert run("profiles", "lint", made).exit_code == 0


def test_import_to_stdout_names_the_profile_after_the_table(tmp_path):
    table = tmp_path / "Table of ACME (2026).csv"
    table.write_text("Loop ID,Reference,Codes,Length\n2010A,NM108,PI,\n", encoding="utf-8")
    assert "\nprofile: table-of-acme-2026\n" in run("profiles", "import", table).stdout
