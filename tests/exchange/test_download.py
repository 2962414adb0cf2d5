"""What a partner can leave in the mailbox, and what becomes of it."""

import os

import pytest
from attrs import evolve

from tests.exchange.bench import interchange
from x12_pa.exchange.store import IngestOutcome
from x12_pa.exchange.transport import Entry


def test_a_file_is_read_once_and_archived_under_our_own_name(bench):
    bench.put("answer.x12", interchange(1))
    report = bench.run()
    archived = [p.name for p in (bench.server / "outbound" / "archive").iterdir()]
    assert (report.exit_code, list(bench.count_effects().values())) == (0, [1])
    assert len(archived) == 1
    assert archived[0].startswith("20261122-")
    assert archived[0].endswith("-answer.x12")


def test_two_observations_apart_are_needed_before_a_file_is_touched(bench):
    bench.configure(settle_seconds=30)
    bench.put("answer.x12", interchange(1))
    assert bench.run().counts["waiting"] == 1
    bench.pass_time(seconds=29)
    assert bench.run().counts.get("ingested", 0) == 0
    bench.pass_time(seconds=1)
    assert bench.run().counts["ingested"] == 1


def test_a_file_that_grows_is_left_until_it_stands_still(bench):
    bench.configure(settle_seconds=30)
    whole = interchange(1)
    for length in (20, 60, len(whole)):
        bench.put("answer.x12", whole[:length])
        bench.run()
        bench.pass_time(seconds=40)
    assert bench.run().counts["ingested"] == 1


def test_a_file_that_grows_while_it_is_read_is_dropped_and_waits(bench):
    path = bench.put("answer.x12", interchange(1))

    class Growing:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def open_read(self, name, size):
            with path.open("ab") as file:
                file.write(interchange(2))
            return self._inner.open_read(name, size)

    report = bench.run(connect=lambda: Growing(bench.connect()))
    assert report.counts.get("ingested", 0) == 0
    assert path.exists()
    bench.run()
    assert list(bench.count_effects().values()) == [1]


def test_a_file_that_is_replaced_by_another_of_the_same_size_while_it_is_read_waits(bench):
    bench.put("answer.x12", interchange(1))

    class Replacing:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def open_read(self, name, size):
            reader = self._inner.open_read(name, size)
            bench.put("answer.x12", interchange(2), age=60)
            return reader

    report = bench.run(connect=lambda: Replacing(bench.connect()))
    assert (report.counts["waiting"], bench.count_effects()) == (1, {})


def test_a_server_that_gives_a_size_too_small_does_not_get_a_file_cut_short(bench):
    bench.put("report.txt", b"line 1\nline 2\n")

    class Stale:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def list(self, directory):
            return (evolve(e, size=7) for e in self._inner.list(directory))

        def lstat(self, path):
            return evolve(self._inner.lstat(path), size=7)

    report = bench.run(connect=lambda: Stale(bench.connect()))
    assert (report.counts["waiting"], bench.count_effects()) == (1, {})


def test_a_truncated_interchange_is_not_taken_and_kept_aside_after_a_day(bench):
    path = bench.put("answer.x12", interchange(1)[:-20])
    assert "IEA" in bench.run().problems[0].message
    bench.pass_time(hours=25)
    report = bench.run()
    assert (report.counts["quarantined"], path.exists()) == (1, True)
    assert bench.run().problems == ()


def test_a_zero_byte_file_is_reported_and_never_deleted(bench):
    bench.configure(after_download="delete")
    path = bench.put("empty.x12", b"")
    assert "empty" in bench.run().problems[0].message
    assert path.exists()


def test_the_same_content_under_another_name_has_no_second_effect(bench):
    bench.put("a.x12", interchange(1))
    bench.run()
    bench.put("b.x12", interchange(1))
    report = bench.run()
    assert report.counts["duplicates"] == 1
    assert list(bench.count_effects().values()) == [1]
    assert not (bench.server / "outbound" / "b.x12").exists()


def test_a_second_copy_that_is_left_is_fetched_once_only(bench):
    bench.configure(after_download="leave")
    bench.put("a.x12", interchange(1))
    bench.put("b.x12", interchange(1))
    assert bench.run().counts["duplicates"] == 1
    assert bench.run().counts.get("bytes", 0) == 0


def test_a_file_that_changed_just_before_it_was_archived_is_read_again(bench):
    path = bench.put("answer.x12", interchange(1))

    class Late:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def posix_rename(self, old, new):
            if path.exists():
                path.write_bytes(interchange(1) + interchange(2))
            self._inner.posix_rename(old, new)

    report = bench.run(connect=lambda: Late(bench.connect()))
    assert report.counts["ingested"] == 2
    assert list(bench.count_effects().values()) == [1, 1]


def test_the_same_name_with_new_content_is_read_again(bench):
    bench.configure(after_download="leave")
    bench.put("answer.x12", interchange(1))
    bench.run()
    bench.put("answer.x12", interchange(2), age=60)
    bench.run()
    assert list(bench.count_effects().values()) == [1, 1]


def test_left_files_are_not_fetched_again(bench):
    bench.configure(after_download="leave")
    bench.put("answer.x12", interchange(1))
    bench.run()
    assert bench.run().counts.get("bytes", 0) == 0


HOSTILE = [b"../../etc/evil", b"/abs", b"a/b", b"nul\x00", b"esc\x1b[31m", b"x" * 5000, b""]


def test_hostile_names_are_reported_and_never_fetched(bench):
    bench.put("good.x12", interchange(1))

    class Hostile:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def list(self, directory):
            for name in HOSTILE:
                yield Entry(name=name, size=10, mtime=1, regular=True)
            yield from self._inner.list(directory)

    report = bench.run(connect=lambda: Hostile(bench.connect()))
    assert list(bench.count_effects().values()) == [1]
    assert len(report.problems) == len(HOSTILE)
    assert all(text.isprintable() for p in report.problems for text in (p.where, p.message))


def test_a_name_that_is_not_utf8_is_a_file_like_any_other(bench):
    target = os.fsencode(bench.server / "outbound") + b"/r\xe9ponse.x12"
    with open(target, "wb") as file:
        file.write(interchange(1))
    assert bench.run().counts["ingested"] == 1


def test_links_directories_and_unfinished_names_are_passed_over(bench):
    folder = bench.server / "outbound"
    secret = bench.home / "secret"
    secret.write_bytes(interchange(9))
    (folder / "link.x12").symlink_to(secret)
    (folder / "dir.x12").mkdir()
    for name in ("new.x12.part", "new.x12.filepart", ".hidden.x12"):
        bench.put(name, interchange(1))
    assert bench.run().counts.get("bytes", 0) == 0


def test_limits_leave_the_rest_for_the_next_run(bench):
    bench.configure(max_files=2)
    for number in range(5):
        bench.put(f"{number}.x12", interchange(number + 1))
    reports = [bench.run() for _ in range(3)]
    assert [report.counts.get("ingested", 0) for report in reports] == [2, 2, 1]
    assert [report.counts.get("waiting", 0) for report in reports] == [3, 1, 0]


def test_a_run_that_its_limits_ended_says_how_much_is_left_and_is_incomplete(bench):
    bench.configure(max_files=2)
    for number in range(5):
        bench.put(f"{number}.x12", interchange(number + 1))
    reports = [bench.run() for _ in range(3)]
    assert [report.exit_code for report in reports] == [3, 3, 0]
    (problem,) = reports[0].problems
    assert (problem.code, problem.message[:31]) == ("E017", "files left for the next run: 3 ")


def test_what_a_limit_of_bytes_left_is_told_too(bench):
    bench.configure(max_run_bytes=2 * len(interchange(1)))
    for number in range(3):
        bench.put(f"{number}.x12", interchange(number + 1))
    reports = [bench.run() for _ in range(2)]
    assert [report.counts["ingested"] for report in reports] == [2, 1]
    assert [[p.code for p in report.problems] for report in reports] == [["E017"], []]


def test_a_file_larger_than_the_limit_is_reported_and_left(bench):
    bench.configure(max_file_bytes=50)
    path = bench.put("huge.x12", interchange(1))
    assert "max_file_bytes" in bench.run().problems[0].message
    assert path.exists()


def test_a_reader_that_fails_stops_neither_the_others_nor_the_archive(bench):
    for number in (1, 2):
        bench.put(f"{number}.x12", interchange(number))

    def reader(row):
        if b"1.x12" in row.remote_name:
            raise KeyError("defect")
        return bench.ingest(row)

    report = bench.run(ingest=reader)
    assert (report.counts["ingested"], report.counts["cleared"]) == (1, 2)
    assert "defect in x12-pa (KeyError)" in report.problems[0].message
    bench.run()
    assert list(bench.count_effects().values()) == [1, 1]


def test_what_the_reader_wrote_is_rolled_back_with_it(bench):
    bench.put("1.x12", interchange(1))

    def reader(row):
        bench.ingest(row)
        raise ValueError

    bench.run(ingest=reader)
    assert bench.count_effects() == {}


def test_a_stored_file_is_read_even_when_the_server_is_down(bench):
    bench.put("1.x12", interchange(1))
    bench.run_killed_at("d5_stored")
    bench.reopen()

    def down():
        from x12_pa.exchange.errors import TransientError

        raise TransientError("down")

    report = bench.run(connect=down)
    assert (report.exit_code, list(bench.count_effects().values())) == (3, [1])


def test_a_quarantined_file_is_kept_and_reported_once(bench):
    from x12_pa.exchange.store import InboundState

    bench.put("report.txt", b"no route found")
    outcome = IngestOutcome(state=InboundState.QUARANTINED, reason="it is not X12")
    report = bench.run(ingest=lambda row: outcome)
    assert (report.exit_code, report.counts["quarantined"]) == (1, 1)
    assert bench.run().exit_code == 0


def test_a_partner_with_markers_is_only_read_behind_them(bench):
    bench.configure(download_marker=".ok", after_download="delete")
    bench.put("1.x12", interchange(1))
    assert bench.run().counts.get("ingested", 0) == 0
    bench.put("1.x12.ok", b"")
    assert bench.run().counts["ingested"] == 1
    assert [p.name for p in (bench.server / "outbound").iterdir()] == []


def test_a_mailbox_that_forbids_the_archive_is_reported_each_run_without_a_second_effect(bench):
    bench.put("1.x12", interchange(1))
    bench.options = ("-P", "rename,posix-rename,mkdir")
    codes = [bench.run().exit_code for _ in range(2)]
    assert codes == [3, 3]
    assert list(bench.count_effects().values()) == [1]


def test_a_full_disk_here_stops_the_inbound_side_only(bench, monkeypatch):
    from x12_pa.ledger.spool import Draft, Spool

    bench.put("1.x12", interchange(1))
    bench.queue()

    def full(self, data):
        raise self._spool.cannot_write(OSError(28, "No space left on device"))

    monkeypatch.setattr(Draft, "write", full)
    report = bench.run()
    assert (report.counts["sent"], report.exit_code) == (1, 3)
    assert "No space left" in report.problems[-1].message
    monkeypatch.undo()
    assert isinstance(bench.ledger.spool, Spool)
    assert bench.run().counts["ingested"] == 1


@pytest.mark.parametrize("over", ["sftp", "local"])
def test_a_directory_does_what_a_server_does(bench, over):
    bench.over = over
    bench.queue()
    bench.put("1.x12", interchange(1))
    counts = bench.run().counts
    assert (counts["sent"], counts["ingested"], counts["cleared"]) == (1, 1, 1)
