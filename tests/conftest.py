"""Rules for the whole run: under CI=true nothing is skipped because a tool is missing.

A skipped test is a promise not kept, so a machine that claims to have run everything must fail on
one. Three reasons are excused: the reference samples, which are not part of this repository, a test
that does not apply to what it was parametrized with, and a system that forbids what only it can
allow.
"""

import os

import pytest

EXCUSED = (
    "the reference samples are not beside this checkout",
    "about the SQLite file itself",
    "this system lets nobody mount a small disk",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _may_not_skip(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI must not skip: {report.longrepr[2]}"
    return report


def _may_not_skip(longrepr) -> bool:
    if os.environ.get("CI") != "true" or not isinstance(longrepr, tuple):
        return False
    return not longrepr[2].removeprefix("Skipped: ").startswith(EXCUSED)
