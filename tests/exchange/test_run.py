"""One run: locks, leases, pauses, stopping, and the doctor."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from attrs import evolve

from tests.exchange.bench import Bench, interchange, open_sftp
from x12_pa.exchange.doctor import examine
from x12_pa.exchange.run import machine_lock, owner_name
from x12_pa.exchange.store import LeaseLost


def test_two_workers_on_one_machine_do_not_meet(bench):
    bench.queue()
    with machine_lock(bench.home / "locks", "acme") as held:
        report = bench.run()
    assert held
    assert (report.exit_code, report.skipped) == (
        3,
        "another process on this machine is working on it",
    )
    assert bench.run().counts["sent"] == 1


def test_a_lease_of_another_machine_keeps_us_out_until_it_runs_out(bench):
    bench.queue()
    bench.store.take_lease("acme", "other-machine", 300)
    assert "another machine" in bench.run().skipped
    bench.pass_time(seconds=301)
    assert bench.run().counts["sent"] == 1


def test_a_killed_worker_leaves_no_lock_behind(bench):
    bench.queue()
    bench.run_killed_at("u3_closed")
    bench.reopen()
    assert bench.run().counts["sent"] == 1


def test_a_worker_that_slept_through_its_lease_stops_without_writing(bench):
    first, second = bench.queue("a"), bench.queue("b")

    class Overtaken:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def posix_rename(self, old, new):
            bench.pass_time(seconds=1000)
            assert bench.store.take_lease("acme", "other-machine", 300)
            self._inner.posix_rename(old, new)

    report = bench.run(connect=lambda: Overtaken(bench.connect()))
    assert report.stopped is not None
    assert bench.states() == ["RENAMING", "QUEUED"]
    assert (bench.server / "inbound" / first).exists()
    assert not (bench.server / "inbound" / second).exists()
    bench.pass_time(seconds=1000)
    assert bench.run().counts["sent"] == 2


def test_the_same_owner_may_take_its_lease_again_and_the_old_token_is_dead(bench):
    owner = owner_name(bench.home / "locks")
    old = bench.store.take_lease("acme", owner, 300)
    assert bench.store.take_lease("acme", owner, 300)
    with pytest.raises(LeaseLost):
        bench.store.renew_lease(old, 300)


def test_a_run_that_is_told_to_stop_begins_no_new_file(bench):
    bench.queue("a")
    bench.queue("b")
    bench.put("1.x12", interchange(1))
    asked = []
    report = bench.run(stopping=lambda: bool(asked.append(1)) or len(asked) > 1)
    assert report.counts["sent"] == 1
    assert bench.states() == ["SENT", "QUEUED"]


def test_the_state_of_the_mailbox_tells_when_it_ran_and_what_was_wrong(bench):
    bench.put("empty.x12", b"")
    bench.run()
    state = bench.store.mailbox_state("acme")
    assert (state.last_started, state.last_finished) == (bench.now, bench.now)
    assert "empty" in state.last_error


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ((), "rename"),
        (("-P", "posix-rename"), "rename"),
        (("-P", "posix-rename,rename"), "marker"),
        (("-P", "posix-rename,rename,remove"), "direct"),
        (("-R",), None),
    ],
)
def test_the_doctor_knows_each_kind_of_server(bench, options, mode):
    with open_sftp(bench.server, *options) as transport:
        diagnosis = examine(bench.box, transport)
    assert diagnosis.mode == mode
    assert diagnosis.ok is (mode is not None)


def test_the_doctor_says_when_a_directory_is_missing(bench):
    with open_sftp(bench.server) as transport:
        diagnosis = examine(evolve(bench.box, download_dir="nowhere"), transport)
    assert not diagnosis.ok


SERVE = """
import sys
from pathlib import Path
from tests.exchange.bench import Bench
from x12_pa.clock import system_clock
from x12_pa.exchange.runner import Runner
from x12_pa.exchange.run import run_mailbox
from x12_pa.exchange.connecting import transport_factory
from x12_pa.configuration import MailboxSettings
from x12_pa.ledger.database import open_ledger
from x12_pa.ledger.store import LedgerStore
from datetime import timedelta

home = Path(sys.argv[1])
box = MailboxSettings(name="acme", transport="local", root=home / "server", settle_seconds=0,
                      every=timedelta(minutes=15))
store = LedgerStore(ledger=open_ledger(home / "ledger.db"))
def run_one(box, hooks):
    return run_mailbox(box, store, transport_factory(box), system_clock, None,
                       lock_dir=home / "locks", hooks=hooks)
runner = Runner(boxes=[box], store=store, clock=system_clock, run_one=run_one, tick=0.2,
                reported=lambda report: print(dict(report.counts), flush=True))
sys.exit(runner.serve())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_scheduler_runs_what_is_due_and_ends_cleanly_on_a_signal(bench: Bench, number):
    bench.queue()
    command = [sys.executable, "-c", SERVE, str(bench.home)]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(["src", *sys.path])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.send_signal(number)
        code = process.wait(timeout=20)
        complaints = process.stderr.read()
    assert (b"'sent': 1" in first, code, complaints) == (True, 0, b"")
    assert bench.states() == ["SENT"]


def test_the_scheduler_looks_but_runs_only_what_is_due(bench):
    from x12_pa.exchange.runner import Runner

    bench.configure(every=timedelta(minutes=15))
    runner = Runner(
        boxes=[bench.box],
        store=bench.store,
        clock=lambda: bench.now,
        run_one=lambda box, hooks: bench.run(stopping=hooks.stopping),
    )
    assert runner.look(bench.box) is not None
    assert runner.look(bench.box) is None
    bench.pass_time(minutes=15)
    assert runner.look(bench.box) is not None
    runner.stop()
    bench.pass_time(minutes=15)
    assert runner.look(bench.box) is None


def test_a_pause_made_by_a_person_is_kept_whoever_asks(bench):
    from x12_pa.ledger import mailboxes

    bench.queue()
    bench.run()
    with bench.ledger.write() as tx:
        mailboxes.pause(tx, "acme", "partner migrates")
    assert bench.run(asked_for=True).skipped == "paused: partner migrates"
