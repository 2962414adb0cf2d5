"""The scheduler: a tick per mailbox until SIGTERM. The only module that imports APScheduler.

The tick decides nothing: it asks `schedule.due`. Jobs live in memory and are rebuilt from the
configuration at start, because the ledger knows what is to be done. After the first signal no new
file is begun; a running transfer gets `grace` seconds, then its session is closed from outside. A
second signal ends the process at once, which every state in the ledger allows for.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from attrs import define, field

from x12_pa.clock import Clock
from x12_pa.configuration import MailboxSettings
from x12_pa.exchange.run import Hooks, RunReport
from x12_pa.exchange.schedule import due
from x12_pa.exchange.store import Store
from x12_pa.exchange.transport import Transport

log = logging.getLogger("x12_pa.exchange")

RunOne = Callable[[MailboxSettings, Hooks], RunReport]


@define(kw_only=True)
class Runner:
    """Runs mailboxes when they are due.

    Attributes:
        boxes: the mailboxes.
        store: the ledger, asked for last starts.
        clock: the time.
        run_one: runs one mailbox once, with the given hooks.
        reported: told of every report.
        tick: seconds between looks at the schedule.
        grace: seconds that a running transfer gets after the first signal.
    """

    boxes: Iterable[MailboxSettings]
    store: Store
    clock: Clock
    run_one: RunOne
    reported: Callable[[RunReport], object] = field(default=lambda report: None)
    tick: float = 30.0
    grace: float = 30.0
    _stop: threading.Event = field(factory=threading.Event)
    _sessions: set[Transport] = field(factory=set)
    _busy: int = 0
    _lock: threading.Lock = field(factory=threading.Lock)

    def serve(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit code 0."""
        previous = {s: signal.signal(s, self._signalled) for s in (signal.SIGTERM, signal.SIGINT)}
        scheduler = self._scheduler()
        scheduler.start()
        try:
            self._stop.wait()
        finally:
            scheduler.remove_all_jobs()
            self._wind_down()
            scheduler.shutdown(wait=False)
            for number, handler in previous.items():
                signal.signal(number, handler)
        return 0

    def stop(self) -> None:
        """Begin no new file, and return from `serve` when the running ones are done."""
        self._stop.set()

    def look(self, box: MailboxSettings) -> RunReport | None:
        """Run one mailbox if it is due."""
        state = self.store.mailbox_state(box.name)
        unfinished = state.last_finished is None or (
            state.last_started is not None and state.last_finished < state.last_started
        )
        retry = unfinished or state.last_error is not None
        answer = due(box, self.clock(), state.last_started, retry=retry)
        if not answer.now or self._stop.is_set():
            return None
        log.info("mailbox %s: run (%s)", box.name, answer.reason)
        with self._lock:
            self._busy += 1
        try:
            report = self.run_one(box, self._hooks())
        finally:
            with self._lock:
                self._busy -= 1
        self.reported(report)
        return report

    def _hooks(self) -> Hooks:
        return Hooks(wait=self._stop.wait, stopping=self._stop.is_set, opened=self._sessions.add)

    def _scheduler(self) -> BackgroundScheduler:
        boxes = list(self.boxes)
        scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(max(1, len(boxes)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
        )
        scheduler.add_listener(_listen, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        for box in boxes:
            trigger = IntervalTrigger(seconds=self.tick, timezone="UTC")
            scheduler.add_job(
                self.look, trigger, args=[box], id=box.name, next_run_time=self.clock()
            )
        return scheduler

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            os._exit(3)
        self._stop.set()

    def _wind_down(self) -> None:
        """Wait for running mailboxes; close their sessions when the grace is over."""
        end = time.monotonic() + self.grace
        while self._busy and time.monotonic() < end:
            time.sleep(0.05)
        for session in list(self._sessions):
            session.close()
        end = time.monotonic() + 5
        while self._busy and time.monotonic() < end:
            time.sleep(0.05)


def _listen(event: JobExecutionEvent) -> None:
    if event.code == EVENT_JOB_MISSED:
        log.warning(
            "mailbox %s: a look at the schedule came too late and was left out", event.job_id
        )
    else:
        log.error("mailbox %s: the run failed (%s)", event.job_id, type(event.exception).__name__)
