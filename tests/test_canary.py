"""Canary values through every command, with all logs on: they turn up where data is the purpose.

A name, a member id and birth dates that nobody else has are planted in a request, its answers and
a claim. Then every command works on them, on good files and on broken ones, over a real SFTP
server. Afterwards stdout, stderr, every log record, the temporary directory and every file outside
the state directory are searched.
"""

import json
import logging
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import Result

from tests.cli.support import run
from tests.services.bench import IDENTITY
from tests.support import FIXTURES
from x12_pa.cli import COMMANDS, main
from x12_pa.cli.simulate import toml_section
from x12_pa.simulator.partner import Partner

CANARIES = {
    "CANARYSURNAME": "FICTION",
    "CANARYGIVEN": "FOXTROT",
    "CANARYCHILD": "KIDDO",
    "MBR987654": "MBR000105",
    "1951-06-16": "1951-06-06",
    "19510616": "19510606",
    "2012-03-19": "2012-03-09",
    "20120319": "20120309",
}
REFERENCE = "PA20261122-000005"
STATE = "state"
NOT_RUN = {
    ("profiles", "import"): "it reads the table of a payer's guide, which names no patient",
    ("demo",): "it takes no input, and its own fixtures hold no canary",
}
PURPOSE = {("parse",), ("claims", "fill"), ("build",), ("ledger", "backup")}
"""Commands whose output is the data itself; their messages are searched all the same."""


def planted(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    for canary, value in CANARIES.items():
        text = text.replace(value, canary)
    return text


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


class Watch:
    """Runs commands and remembers which, what they said, and what leaked."""

    def __init__(self) -> None:
        self.used: set[tuple[str, ...]] = set()
        self.found: list[str] = []

    def __call__(self, *args: object, code: Sequence[int] = (0,), data: bool = False) -> Result:
        result = run(*args)
        words = [str(arg) for arg in args]
        name = self._name(words)
        self.used.add(name)
        assert result.exit_code in code, (words, result.output)
        if not data:
            self._search(words, "stdout", result.stdout)
        self._search(words, "stderr", result.stderr)
        return result

    def _name(self, words: list[str]) -> tuple[str, ...]:
        return next(name for name in leaves() if tuple(words[: len(name)]) == name)

    def _search(self, words: list[str], where: str, text: str) -> None:
        self.found += [f"{' '.join(words)}: {canary} on {where}" for canary in leaks(text)]


def leaves() -> list[tuple[str, ...]]:
    """Return every command that there is, by its words."""
    found: list[tuple[str, ...]] = []
    for name in main.list_commands(click.Context(main)):
        command = main.get_command(click.Context(main), name)
        if isinstance(command, click.Group):
            found += [(name, each) for each in command.commands]
        else:
            found.append((name,))
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home with a temporary directory of its own; every log on."""
    for name in ("clinic", "inputs", "outputs", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "clinic")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.delenv("X12_PA_CONFIG", raising=False)
    loud = [
        logging.getLogger(name) for name in ("", "paramiko", "sqlalchemy", "x12_pa", "asyncssh")
    ]
    before = [each.level for each in loud]
    for each in loud:
        each.setLevel(logging.DEBUG)
    yield tmp_path
    for each, level in zip(loud, before, strict=True):
        each.setLevel(level)


def configure(folder: Path, partner: Partner) -> None:
    state = f'\n[ledger]\nurl = "sqlite:///{STATE}/ledger.db"\nspool = "{STATE}/spool"\n'
    lines = toml_section("payer", {**partner.settings(), "settle_seconds": 0})
    (folder / "clinic" / "x12-pa.toml").write_text(IDENTITY + state + "\n".join(lines) + "\n")


def inputs(folder: Path) -> Path:
    """Write the planted files, good and broken; return where."""
    here = folder / "inputs"
    request = planted(FIXTURES / "requests" / "05_imaging.json")
    claims = planted(FIXTURES / "demo" / "claims_837p.edi")
    (here / "request.json").write_text(request)
    (here / "bad.json").write_text(request.replace("MBR987654", "MBR987654-MBR987654"))
    (here / "odd.json").write_text(request.replace('"1951-06-16"', '"CANARYGIVEN 19510616"'))
    (here / "cut.json").write_text(request[: request.index("CANARYGIVEN") + 11])
    (here / "bad.csv").write_text("reference,CANARYSURNAME\nX,19510616\n")
    (here / "row.csv").write_text(
        "reference,member_id,subscriber_birth_date\nX,MBR987654,CANARYCHILD\n"
    )
    (here / "claims.edi").write_text(claims)
    (here / "told.edi").write_text(planted(FIXTURES / "eligibility" / "free-text-only.edi"))
    (here / "cut.edi").write_text(claims[: claims.index("CANARYSURNAME") + 13])
    (here / "odd.edi").write_text(claims.replace("DMG*D8*", "DMG*CANARYGIVEN*"))
    asked = planted(FIXTURES / "eligibility" / "schedule.csv")
    (here / "schedule.csv").write_text(asked)
    (here / "odd-schedule.csv").write_text(asked.replace("1951-06-16", "CANARYGIVEN"))
    (here / "letter.txt").write_text("Dear payer, CANARYSURNAME MBR987654 is born 19510616")
    return here


def requests(watch: Watch, here: Path, outputs: Path) -> None:
    good = here / "request.json"
    built = outputs / "built.edi"
    watch("build", "278", good, "--profile", "demo-payer", "-o", built)
    watch("build", "278", good, "--profile", "demo-payer", data=True)
    for name in ("bad.json", "odd.json", "cut.json", "bad.csv", "row.csv", "letter.txt"):
        watch("build", "278", here / name, "--profile", "demo-payer", code=(1, 2))
        watch("submit", here / name, code=(1, 2))
        watch("submit", "--json", here / name, code=(1, 2))
    broken = outputs / "broken.edi"
    broken.write_text(built.read_text().replace("NM1*IL*1*", "NM1*IL*CANARYCHILD*9*"))
    for path in (built, broken, here / "claims.edi", here / "odd.edi", here / "cut.edi"):
        both = (0, 1, 2)
        for more in ([], ["--json"], ["--format", "html"], ["--format", "csv"]):
            watch("validate", *more, path, code=both)
        for more in ([], ["--json"], ["--format", "xml"], ["--format", "html"]):
            watch("show", *more, path, code=both)
        watch("parse", path, code=both, data=True)
    watch("submit", broken, code=(1,))
    watch("submit", good, "--incomplete-reason", "CANARYSURNAME has no report", code=(2,))
    watch("submit", good)
    watch("submit", built)
    for name in ("odd-schedule.csv", "schedule.csv", "letter.txt", "cut.json"):
        watch("eligibility", "check", here / name, code=(0, 1, 2))
        watch("eligibility", "check", "--send-anyway", "CANARYSURNAME", here / name, code=(1, 2))
        watch("eligibility", "check", "--json", here / name, code=(0, 1, 2))


def journey(watch: Watch, partner: Partner, here: Path) -> None:
    watch("exchange", "run", "--once")
    watch("exchange", "status")
    watch("exchange", "doctor", "payer")
    watch("exchange", "trust", "payer")
    partner.poll()
    outbound = partner.payer._outbound
    (outbound / "letter.x12").write_bytes((here / "letter.txt").read_bytes())
    watch("exchange", "run", "--once", "--json", code=(0, 1, 3))
    watch("exchange", "run", "--once", code=(0, 1, 3))
    (answer,) = [p for p in (outbound / "archive").iterdir() if b"ST*278" in p.read_bytes()]
    for path in (answer, here / "letter.txt", here / "cut.edi", here / "claims.edi"):
        watch("ingest", path, code=(0, 1))
        watch("ingest", "--json", path, code=(0, 1))
        watch("validate", "--json", path, code=(0, 1, 2))
        watch("show", path, code=(0, 1, 2))
    for profile, file in (("anthem", answer), ("cms-esmd", answer), ("harvard-pilgrim", answer)):
        watch("validate", "--profile", profile, "--history", file, code=(0, 1))
    for text in ("npi,CANARYSURNAME,MBR987654\n1000000012,CANARYGIVEN,1\n", "CANARYSURNAME\n,\n"):
        (here / "roster.csv").write_text(text)
        lookup = f"submitter.roster={here / 'roster.csv'}"
        watch(
            "validate", "--profile", "harvard-pilgrim", "--lookup", lookup, answer, code=(0, 1, 2)
        )
        for more in ([], ["--json"]):
            watch("roster", "check", here / "roster.csv", *more, code=(0, 1, 2))
    (here / "roster.csv").write_text("npi,payer,status\n1000000012,DEMOPAYER,pending\n")
    for more in ([], ["--json"]):
        watch("roster", "check", here / "roster.csv", *more, code=(0, 1))
    for path in (answer, here / "claims.edi"):
        watch("validate", "--roster", here / "roster.csv", path, code=(0, 1))
    watch("exchange", "status", "--json")
    watch("exchange", "status")
    for more in ([], ["--json"]):
        watch("exchange", "release", "letter.txt", "--reason", "a test", *more, code=(1, 2))


def questions(watch: Watch, here: Path, outputs: Path) -> None:
    for more in ([], ["--json"]):
        watch("auth", "list", "--history", *more)
        watch("auth", "show", REFERENCE, *more)
        watch("eligibility", "show", "--history", *more)
        watch("eligibility", "show", "--brief", *more)
        watch("eligibility", "watch", "--days", "30", *more, code=(0, 1))
        watch("auth", "why", REFERENCE, *more)
        watch("worklist", "--view", "all", *more)
        watch("claims", "check", here / "claims.edi", *more, code=(0, 1))
        watch("ledger", "verify", *more)
        for name in ("told.edi", "claims.edi", "cut.edi"):
            watch("eligibility", "read", here / name, *more, code=(0, 1, 2))
    watch("worklist", "--view", "all", "--format", "csv")
    find = ["--payer", "DEMOPAYER", "--member", "MBR987654", "--procedure", "75574"]
    watch("auth", "find", *find, "--date", "2026-12-10", code=(0, 1))
    watch("auth", "find", *find, "--date", "2026-12-10", "--json", code=(0, 1))
    watch("auth", "find", *find, "--date", "June", code=(2,))
    filled = outputs / "filled.edi"
    report = outputs / "report.json"
    watch("claims", "fill", here / "claims.edi", "-o", filled, "--report", report, code=(0, 1))
    watch("claims", "fill", here / "cut.edi", "-o", filled, code=(2,))
    watch("claims", "check", here / "letter.txt", code=(2,))
    assert leaks(report.read_text()) == []
    watch("ledger", "backup", outputs / "backup.db")
    watch("ledger", "resume", "A:B>C:D/T", "--above", "3", "--reason", "a test of the counters")


def others(watch: Watch) -> None:
    watch("explain")
    watch("guides", "list")
    watch("requires", "--payer", "demo-payer", "--procedure", "73721")
    watch("guides", "show", "278-request")
    watch("profiles", "list")
    watch("profiles", "show", "demo-payer")
    watch("profiles", "lint", "demo-payer")
    watch("profiles", "test", "demo-payer")
    watch("profiles", "diff", "demo-payer", "demo-payer")
    watch("schema")
    watch("simulate", "payer", "--once")


def outside_the_state(folder: Path) -> Iterator[Path]:
    known = ("inputs", "outputs", "partner", f"clinic/{STATE}")
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).as_posix().startswith(known)
        if path.is_file() and not inside:
            yield path


def test_no_canary_anywhere(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    watch, here, outputs = Watch(), inputs(folder), folder / "outputs"
    with Partner(folder / "partner", clock=_now) as partner:
        configure(folder, partner)
        requests(watch, here, outputs)
        journey(watch, partner, here)
        questions(watch, here, outputs)
    others(watch)
    assert watch.found == []
    assert leaks(caplog.text) == []
    assert len(caplog.records) > 100, "the logs were on"
    assert [path for path in outside_the_state(folder) if leaks(str(path))] == []
    for path in outside_the_state(folder):
        assert leaks(path.read_bytes().decode("latin-1")) == [], path
    assert_shown_on_demand()
    assert_private(folder / "clinic" / STATE)


def _now():
    from tests.support import NOW

    return NOW


def assert_shown_on_demand() -> None:
    """What was hidden was there to be hidden."""
    shown = (
        run("auth", "list", "--show-phi").stdout
        + run("worklist", "--show-phi", "--view", "all").stdout
    )
    assert "MBR987654" in shown
    assert "MBR987654" in run("eligibility", "show", "--show-phi").stdout
    assert json.loads(run("auth", "list", "--json", "--show-phi").stdout)["authorizations"]
    why = run("auth", "why", REFERENCE, "--show-phi").stdout
    assert re.search(r"certified", why)


def assert_private(state: Path) -> None:
    """Only the owner may read the state; the canaries do lie there."""
    modes = {path.stat().st_mode & 0o077 for path in [state, *state.rglob("*")]}
    assert modes == {0}
    spooled = "".join(p.read_bytes().decode("latin-1") for p in state.rglob("*") if p.is_file())
    assert "CANARYSURNAME" in spooled


def test_every_command_is_covered() -> None:
    """A new command must be run above, or say why it need not be."""
    import inspect

    text = inspect.getsource(inspect.getmodule(leaves))
    for name in leaves():
        words = ", ".join(f'"{word}"' for word in name)
        assert name in NOT_RUN or f"watch({words}" in text, f"x12-pa {' '.join(name)}"
    assert {name[0] for name in leaves()} <= set(COMMANDS)
