"""An evening in New York, tomorrow in Greenwich: which day counts, and what is written."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

import x12_pa
from tests.cli.support import EXAMPLE, VALID
from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench
from tests.services.eligibility import CHECK
from x12_pa.cli import main
from x12_pa.cli.context import Session
from x12_pa.ledger.lookups import requests
from x12_pa.ledger.seen import Earlier
from x12_pa.services.eligibility_watch import rows as watched
from x12_pa.services.history import LedgerHistory
from x12_pa.services.lists import authorizations, cases
from x12_pa.services.lists import rows as worklist_rows
from x12_pa.syntax import read_interchanges

EVENING = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
HERE = 'zone = "America/New_York"\n'
NOT_TOMORROW = """\
profile: prompt
title: A payer that takes no file of tomorrow
envelope: {ISA07: ZZ, ISA08: DEMOPAYER, GS03: DEMOPAYER}
source: {title: Plan manual, provenance: secondary-quoted}
rules:
  - id: not-tomorrow
    applies: {tx: "278"}
    date_window: {path: GS04, not_after: today}
    source: "Plan manual, section 2"
    message: a group is not dated in the future
"""


def run(*args: object):
    texts = [str(arg) for arg in args]
    return CliRunner().invoke(main, texts, obj=Session(clock=lambda: EVENING))


@pytest.fixture(params=[HERE, ""], ids=["New York", "without a zone"])
def local(request, tmp_path, monkeypatch):
    """The folder of an office, in New York and nowhere in particular; tell which."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x12-pa.toml").write_text(request.param + IDENTITY)
    (tmp_path / "prompt.yaml").write_text(NOT_TOMORROW)
    return request.param == HERE


def evening(tmp_path, first=HERE):
    bench = Bench(tmp_path, config=first + IDENTITY + LEDGER + MAILBOX)
    bench.now = EVENING
    return bench


def test_a_payer_that_takes_nothing_of_tomorrow_is_judged_by_our_day(local):
    done = run(
        "validate", VALID / "278-request-subscriber.edi", "--profile", "prompt.yaml", "--json"
    )
    found = json.loads(done.stdout)["files"][0]["findings"]
    told = [each["element"] for each in found if each["severity"] == "error"]
    assert (told, done.exit_code) == ((["GS04"], 1) if local else ([], 0))


def test_what_is_built_bears_our_date_and_so_passes_that_payer(local):
    done = run("build", "278", EXAMPLE, "--profile", "prompt.yaml", "-o", "a.edi")
    assert done.exit_code == 0, done.stderr


def test_the_envelope_and_the_request_bear_our_time_and_the_ledger_keeps_utc(tmp_path):
    bench = evening(tmp_path)
    bench.submit(1)
    bench.run()
    [file] = (tmp_path / "payer" / "mailbox" / "inbound").iterdir()
    [sent] = read_interchanges(file.read_bytes())
    [group] = sent.groups
    [begin] = [s for s in group.transactions[0].segments if s.id == "BHT"]
    assert (sent.header.element(9), sent.header.element(10)) == ("261121", "2030")
    assert (group.header.element(4), group.header.element(5)) == ("20261121", "2030")
    assert (begin.element(4), begin.element(5)) == ("20261121", "2030")
    assert "20261121" in file.name
    with bench.office.ledger.read() as tx:
        [stored] = requests(tx)
    assert stored.created_at == EVENING
    bench.close()


def test_the_same_evening_without_a_zone_is_that_of_greenwich(tmp_path):
    bench = evening(tmp_path, "")
    bench.submit(1)
    bench.run()
    [file] = (tmp_path / "payer" / "mailbox" / "inbound").iterdir()
    [sent] = read_interchanges(file.read_bytes())
    assert (sent.header.element(9), sent.header.element(10)) == ("261122", "0130")
    bench.close()


def test_an_inquiry_bears_our_time(tmp_path):
    bench = evening(tmp_path)
    bench.check(CHECK)
    bench.run()
    [file] = (tmp_path / "payer" / "mailbox" / "inbound").iterdir()
    [sent] = read_interchanges(file.read_bytes())
    [begin] = [s for s in sent.groups[0].transactions[0].segments if s.id == "BHT"]
    bench.close()
    assert (begin.element(4), begin.element(5)) == ("20261121", "2030")


@pytest.mark.parametrize(("first", "due"), [(HERE, date(2026, 11, 21)), ("", date(2026, 11, 22))])
def test_coverage_is_due_for_verification_on_our_day_of_the_order(tmp_path, first, due):
    bench = evening(tmp_path, first)
    bench.submit(1)
    bench.run()
    [row] = watched(bench.office)
    bench.close()
    assert row.concern.due == due


def test_acknowledgements_bear_our_time(local, tmp_path):
    (tmp_path / "acks").mkdir()
    run("validate", VALID / "278-request-subscriber.edi", "--ack-dir", "acks")
    [file] = (tmp_path / "acks").iterdir()
    [sent] = read_interchanges(file.read_bytes())
    found = sent.header.element(9), sent.header.element(10)
    assert found == (("261121", "2030") if local else ("261122", "0130"))


def test_a_question_without_a_date_is_about_our_day(local):
    done = run("requires", "--payer", "demo-payer", "--procedure", "73721", "--json")
    assert json.loads(done.stdout)["query"]["date"] == ("2026-11-21" if local else "2026-11-22")


@pytest.mark.parametrize(("first", "left"), [(HERE, [7]), ("", [])])
def test_a_window_that_ends_tonight_has_not_ended(tmp_path, first, left):
    bench = evening(tmp_path, first)
    bench.submit(1)
    bench.run()
    bench.poll()
    bench.run()
    last = max(one.expires_on for one in authorizations(bench.office) if one.expires_on)
    late = datetime(last.year, last.month, last.day, 22, tzinfo=NEW_YORK).astimezone(UTC)
    rows = worklist_rows(bench.office, "expiring", now=late)
    bench.close()
    assert [r.expires_in for r in rows if r.authorization.expires_on == last][:1] == left


def test_every_authorization_carries_the_zone_for_its_clocks(tmp_path):
    bench = evening(tmp_path)
    bench.submit(1)
    with bench.office.ledger.read() as tx:
        zones = {case.zone for case in cases(tx, zone=bench.office.settings.zone.key)}
    bench.close()
    assert zones == {"America/New_York"}


def test_what_was_sent_last_evening_was_sent_yesterday(tmp_path):
    bench = evening(tmp_path)
    sent = [Earlier(sha256="f" * 64, at=EVENING)]
    with bench.office.ledger.read() as tx:
        here = LedgerHistory(tx=tx, zone=bench.office.settings.zone)
        assert not here._counts(sent, date(2026, 11, 22))
        assert LedgerHistory(tx=tx)._counts(sent, date(2026, 11, 22))
    bench.close()


def test_a_mailbox_that_waits_for_its_host_key_keeps_no_file_from_being_checked(local, tmp_path):
    box = '[mailbox.new]\nhost = "sftp.example.org"\nusername = "c"\nkey_file = "k"\n'
    (tmp_path / "x12-pa.toml").write_text(HERE + IDENTITY + box)
    assert run("validate", VALID / "278-request-subscriber.edi").exit_code == 0


def test_nothing_takes_the_day_of_greenwich_from_the_clock():
    root = Path(x12_pa.__file__).parent
    wrong = re.compile(r"clock\(\)\.(?:date|time|strftime)\(|clock\(\):%|date\.today\(")
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for layer in ("cli", "services", "exchange", "ledger", "authorizations", "eligibility")
        for path in sorted((root / layer).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if wrong.search(line)
    ]
    assert found == [], "ask Office.today or Session.today, which know the zone"
