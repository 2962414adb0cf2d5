"""Canary values in every private place, through every command: never on stdout or stderr.

The values are planted where they belong, and then the file is broken in many ways, so that they
stand where nobody expects them: that is when programs print them.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import EXAMPLE, REQUEST, configured, run

CANARIES = {
    "CANARYLASTNAME": "TESTER",
    "CANARYFIRSTNAME": "CHARLIE",
    "CANARYOTHERNAME": "BRAVO",
    "CANARYMEMBERID": "MBR000101",
    "19470213": "19470202",
    "20150322": "20150311",
}


def planted() -> str:
    text = REQUEST.read_text()
    for canary, value in CANARIES.items():
        assert value in text
        text = text.replace(value, canary)
    return text


def broken() -> Iterator[str]:
    """Yield the planted file and versions in which a segment with a canary is broken."""
    whole = planted()
    yield whole
    lines = whole.split("~\n")
    for number, line in enumerate(lines):
        if not any(canary in line for canary in CANARIES):
            continue
        head, *elements = line.split("*")
        for changed in (
            ["ZZZ", *elements],
            [head, *elements[1:]],
            [head, "", *elements],
            [head, *reversed(elements)],
            [head, *elements, *elements, *elements],
            [head, ":".join(elements)],
            [head, *(f"{e}^{e}" for e in elements)],
            [head, *(e + e for e in elements)],
            [head, *(f"\x1b{e}\x00" for e in elements)],
        ):
            yield "~\n".join([*lines[:number], "*".join(changed), *lines[number + 1 :]])
        yield "~\n".join([*lines[:number], *lines[number + 1 :], line])
        yield "~\n".join(lines[:number]) + "~\n" + line[:-1]
        yield whole.replace("005010X217", "005010X999")


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


@pytest.mark.parametrize(
    "command_line",
    [("validate",), ("validate", "--json"), ("show",), ("show", "--json")],
    ids=" ".join,
)
def test_no_canary_in_default_output(
    command_line: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number, text in enumerate(broken()):
        path = Path(f"broken-{number}.edi")
        path.write_text(text)
        result = run(*command_line, path)
        assert result.exit_code in (0, 1, 2), result.output
        assert leaks(result.output) == [], path.read_text()
    assert leaks(caplog.text) == []


def test_show_phi_shows_them() -> None:
    Path("planted.edi").write_text(planted())
    assert leaks(run("show", "--show-phi", "planted.edi").stdout) == list(CANARIES)


def test_parse_prints_data_but_no_canary_in_messages() -> None:
    for number, text in enumerate(broken()):
        Path(f"broken-{number}.edi").write_text(text)
        assert leaks(run("parse", f"broken-{number}.edi").stderr) == []


def test_a_faulty_record_shows_no_value(tmp_path: Path) -> None:
    configured(tmp_path)
    record = json.loads(EXAMPLE.read_text())
    for change in (
        {"last_name": ["CANARYLASTNAME"]},
        {"last_name": "CANARYLASTNAME" * 9},
        {"last_name": "CANARYLASTNAME~"},
        {"member_id": "CANARYMEMBERID" * 9},
        {"birth_date": "19470213"},
        {"birth_date": {"19470213": 1}},
        {"gender": "CANARYFIRSTNAME"},
        {"unknown": "CANARYFIRSTNAME"},
    ):
        person = {**record["subscriber"], **change}
        Path("r.json").write_text(json.dumps({**record, "subscriber": person}))
        result = run("build", "278", "r.json", "--receiver", "PAYER")
        assert result.exit_code in (1, 2), (change, result.output)
        assert leaks(result.output) == [], change
    Path("r.json").write_text('{"kind": "review_request", "subscriber": CANARYLASTNAME')
    assert leaks(run("build", "278", "r.json", "--receiver", "PAYER").output) == []
