"""`claims`: what it refuses to overwrite, and what it makes of a file without claims."""

import os
from pathlib import Path

import pytest

from tests.cli.support import process, run
from tests.services.bench import IDENTITY, LEDGER, MAILBOX
from tests.support import FIXTURES

CLAIMS = (FIXTURES / "demo" / "claims_837p.edi").read_bytes()


@pytest.fixture(autouse=True)
def office(own_folder: None) -> None:
    Path("x12-pa.toml").write_text(IDENTITY + LEDGER + MAILBOX, encoding="utf-8")
    Path("in.edi").write_bytes(CLAIMS)
    os.symlink("in.edi", "symbolic.edi")
    os.link("in.edi", "hard.edi")
    Path("sub").mkdir()


@pytest.mark.parametrize("name", ["in.edi", "./sub/../in.edi", "symbolic.edi", "hard.edi"])
@pytest.mark.parametrize("option", ["-o", "--report"])
def test_the_input_is_never_overwritten(name: str, option: str) -> None:
    other = ("-o", "out.edi") if option == "--report" else ()
    result = run("claims", "fill", "in.edi", option, name, *other)
    assert result.exit_code == 2
    assert f"{option} {name} is the same file as the input in.edi" in result.stderr
    assert "Name another file" in result.stderr
    assert Path("in.edi").read_bytes() == CLAIMS
    assert not Path("out.edi").exists()


def test_nor_is_it_when_the_shell_opened_it_for_us() -> None:
    with Path("in.edi").open("rb") as given:
        done = process("claims", "fill", "-", "-o", "in.edi", stdin=given)
    assert (done.returncode, b"same file as the input" in done.stderr) == (2, True)
    with Path("in.edi").open("ab") as taking:
        done = process("claims", "fill", "in.edi", "-o", "-", stdout=taking)
    assert (done.returncode, b"same file as the input" in done.stderr) == (2, True)
    assert Path("in.edi").read_bytes() == CLAIMS


def test_two_outputs_do_not_go_to_one_place() -> None:
    for where in ("out.edi", "-"):
        result = run("claims", "fill", "in.edi", "-o", where, "--report", where)
        assert (result.exit_code, "is the same file as that of -o" in result.stderr) == (2, True)
    assert run("claims", "fill", "in.edi", "-o", os.devnull, "--report", os.devnull).exit_code == 1


@pytest.mark.parametrize("option", ["--json", "--diff"])
def test_stdout_holds_the_filled_file_and_nothing_else(option: str) -> None:
    result = run("claims", "fill", "in.edi", "-o", "-", option)
    assert (result.exit_code, f"{option} prints on stdout" in result.stderr) == (2, True)


def test_a_report_on_stdout_is_one_json_document() -> None:
    result = run("claims", "fill", "in.edi", "-o", "out.edi", "--report", "-")
    assert result.exit_code == 1
    assert result.stdout.startswith("{")
    assert result.stdout.rstrip().endswith("}")


@pytest.mark.parametrize("where", ["sub", "nowhere/x"])
@pytest.mark.parametrize("option", ["-o", "--report"])
def test_an_output_that_cannot_be_is_said_before_anything_is_counted(
    where: str, option: str
) -> None:
    other = ("-o", "out.edi") if option == "--report" else ()
    result = run("claims", "fill", "in.edi", option, where, *other)
    assert (result.exit_code, "directory" in result.stderr) == (2, True)
    assert not Path("out.edi").exists()
    assert not Path("ledger.db").exists()


def test_a_link_that_is_the_output_goes_on_to_name_it() -> None:
    os.symlink("sub/out.edi", "latest.edi")
    assert run("claims", "fill", "in.edi", "-o", "latest.edi").exit_code == 1
    assert Path("latest.edi").is_symlink()
    assert Path("sub/out.edi").read_bytes() == CLAIMS


def test_a_file_without_a_claim_is_no_clean_result() -> None:
    text = CLAIMS.decode()
    head, tail = text[: text.index("ST*837")], text[text.rindex("GE*") :]
    Path("empty.edi").write_text(head + tail.replace("GE*1", "GE*0"))
    for command in (("check",), ("fill", "-o", "out.edi")):
        result = run("claims", *command, "empty.edi")
        assert result.exit_code == 2, result.output
        assert "there is no claim in it (no transaction set)" in result.stderr
    assert not Path("out.edi").exists()
