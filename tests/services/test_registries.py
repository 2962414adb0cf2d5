"""Registries: CSV files of the office that rules look values up in."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.profiles.support import by_payer, codes, judged, profile_of, text_of
from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench, states_of
from x12_pa.cli import main
from x12_pa.configuration import read_settings
from x12_pa.errors import ConfigError
from x12_pa.guides.hooks import Hooks
from x12_pa.services.registries import read_registry, registries_for, registry_names

ROSTER = {"lookup": {"path": "2010B/NM109", "in": "submitter.roster", "match": ["2010B/NM103"]}}
KNOWN = {"lookup": {"path": "2010B/NM109", "in": "providers"}}
IS_PERSON = {"lookup": {"path": "2010B/NM109", "in": "npi.type", "equals": 1}}


def written(folder: Path, text: str) -> Path:
    path = folder / "registry.csv"
    path.write_text(text, encoding="utf-8")
    return path


def found(folder: Path, rule: dict[str, Any], text: str, day: date | None = None) -> list[str]:
    """Return the codes that a rule causes when the registry that it names holds this."""
    name = rule["lookup"]["in"]
    profile = profile_of(folder, rule)
    lookups = registries_for(profile, {name: written(folder, text)}, day)
    return codes(folder, rule, text_of(), hooks=Hooks(lookups=lookups))


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (KNOWN, "npi\n1000000012\n", []),
        (KNOWN, "npi\n1000000020\n", ["P126"]),
        (KNOWN, "npi\n", ["P126"]),
        (KNOWN, "\ufeffnpi,note\r\n1000000012,anything\r\n\r\n", []),
        (ROSTER, "npi,name\n1000000012,example  Valley clinic\n", []),
        (ROSTER, "npi,name\n1000000012,ANOTHER CLINIC\n", ["P126"]),
        (ROSTER, "npi,name\n1000000012,\n", []),
        (ROSTER, "npi,name\n1000000012,ANOTHER\n1000000012,EXAMPLE VALLEY CLINIC\n", []),
        (IS_PERSON, "npi,answer\n1000000012,1\n", []),
        (IS_PERSON, "npi,answer\n1000000012,2\n", ["P126"]),
        (IS_PERSON, "npi,answer\n1000000020,1\n", ["P901"]),
        (IS_PERSON, "npi,answer\n1000000012,1\n1000000012,2\n", ["P901"]),
    ],
)
def test_a_file_answers_what_a_rule_asks(tmp_path, rule, text, expected):
    assert found(tmp_path, rule, text) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-11-22", []), ("2025-12-31", ["P126"]), ("2027-01-01", ["P126"])],
)
def test_a_row_counts_from_its_first_day_to_its_last(tmp_path, day, expected):
    text = "npi,from,to\n1000000012,2026-01-01,2026-12-31\n"
    assert found(tmp_path, KNOWN, text, date.fromisoformat(day)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: the file is empty"),
        ("npi,npi\n", "line 1: column 2 has the title"),
        ("answer,npi\n", "line 1: the first column"),
        ("npi,name\n1000000012\n", "line 2: 1 cells; 2 were expected"),
        ("npi,name\n\n,NOBODY\n", "line 3: the first cell is empty"),
        ("npi,from\n1000000012,soon\n", "line 2: a day such as 2026-01-31"),
        ('npi\n"1000000012\n', "not CSV"),
    ],
)
def test_a_fault_of_the_file_names_file_and_line(tmp_path, text, problem):
    with pytest.raises(ConfigError, match=problem) as error:
        read_registry("providers", written(tmp_path, text))
    assert "registry.csv" in str(error.value)


@pytest.mark.parametrize(
    ("rule", "text", "problem"),
    [
        (ROSTER, "npi\n1000000012\n", "rule 'r1' of payer looks values up with 2010B/NM103"),
        (IS_PERSON, "npi\n1000000012\n", "a column 'answer' was expected"),
    ],
)
def test_a_file_without_the_columns_of_a_rule_is_refused(tmp_path, rule, text, problem):
    with pytest.raises(ConfigError, match=problem):
        found(tmp_path, rule, text)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.csv: the registry 'providers' cannot be read"):
        read_registry("providers", tmp_path / "none.csv")


def test_one_definite_breach_is_not_hidden_by_an_unknown_value(tmp_path):
    rule = {"lookup": {"path": "2010EA/NM109", "in": "npi.type", "equals": 1}}
    data = text_of("278-request-dependent")
    asked = [part.split("~")[0].split("*")[-1] for part in data.decode().split("NM1*")[1:]]
    known = {npi for npi in asked if npi.startswith("1") and len(npi) == 10}
    answers = "".join(f"{npi},2\n" for npi in sorted(known))
    lookups = {"npi.type": read_registry("n", written(tmp_path, f"npi,answer\n{answers}"))}
    assert "P126" in codes(tmp_path, rule, data, hooks=Hooks(lookups=lookups))


def test_a_table_of_values_is_a_file_of_the_office_too(tmp_path):
    rule = {"values": {"2010A/NM109": "$table.payer_ids"}}
    profile = profile_of(tmp_path, rule)
    assert registry_names(profile) == {"table.payer_ids"}
    for text, expected in (("id\nDEMOPAYER\nOTHER\n", []), ("id\nOTHER\n", ["P113"])):
        files = {"table.payer_ids": written(tmp_path, text)}
        hooks = Hooks(lookups=registries_for(profile, files, None))
        assert codes(tmp_path, rule, text_of(), hooks=hooks) == expected
    (found,) = by_payer(judged(text_of(), profile))
    assert (found.code, "--lookup table.payer_ids=FILE" in found.message) == ("P901", True)


# Where the files are named


def test_the_configuration_names_registries_with_dots_or_without(tmp_path):
    table = {"lookups": {"npi": {"type": "a.csv"}, "submitter.roster": "b.csv"}}
    assert read_settings(table, tmp_path / "x12-pa.toml").lookups == {
        "npi.type": tmp_path / "a.csv",
        "submitter.roster": tmp_path / "b.csv",
    }


def test_a_request_is_queued_only_if_the_registry_has_its_provider(tmp_path):
    out = {"applies": {"tx": "278", "direction": "out"}}
    profile_of(tmp_path, KNOWN | out, envelope={"ISA08": "DEMOPAYER"})
    config = IDENTITY + LEDGER + MAILBOX.replace('"demo-payer"', '"payer.yaml"')
    bench = Bench(tmp_path, config=config + '[lookups]\nproviders = "registry.csv"\n')
    written(tmp_path, "npi\n1000000020\n")
    assert states_of(bench.submit(1)) == ["refused"]
    written(tmp_path, "npi\n1000000012\n")
    assert states_of(bench.submit(1)) == ["queued"]
    bench.close()


def test_the_command_names_a_registry_before_the_configuration(tmp_path):
    profile_of(tmp_path, KNOWN)
    config = tmp_path / "x12-pa.toml"
    config.write_text('[lookups]\nproviders = "none.csv"\n')
    (tmp_path / "file.edi").write_bytes(text_of())
    arguments = ["validate", str(tmp_path / "file.edi"), "--profile", str(tmp_path / "payer.yaml")]
    file = written(tmp_path, "npi\n1000000020\n")
    given = ["--lookup", f"providers={file}"]
    done = CliRunner().invoke(main, ["--config", str(config), *arguments, *given])
    assert (done.exit_code, "error[P126]" in done.stdout) == (1, True)
    done = CliRunner().invoke(main, ["--config", str(config), *arguments])
    assert (done.exit_code, "none.csv" in done.stderr) == (2, True)
