"""What the server can do to an upload, and what becomes of the file."""

import resource
import signal

import pytest

from tests.exchange.bench import interchange, open_sftp


def test_a_file_is_there_whole_and_its_temporary_name_is_gone(bench):
    name = bench.queue()
    report = bench.run()
    assert report.exit_code == 0
    assert [p.name for p in (bench.server / "inbound").iterdir()] == [name]
    assert bench.files()[0].evidence == "rename_ok"


def test_a_partner_never_sees_part_of_a_file_under_its_final_name(bench):
    name = bench.queue(data=interchange(1) + b"\n" * 900_000)
    seen = []

    class Watching:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            final = bench.server / "inbound" / name
            seen.append(final.stat().st_size if final.exists() else None)
            return getattr(self._inner, operation)

    bench.run(connect=lambda: Watching(bench.connect()))
    assert set(seen) <= {None, bench.files()[0].size}


def test_where_posix_rename_is_denied_the_plain_rename_is_used(bench):
    bench.options = ("-P", "posix-rename")
    bench.queue()
    assert bench.run().exit_code == 0
    assert bench.states() == ["SENT"]


def test_a_read_only_server_fails_the_file_after_three_runs_and_keeps_it(bench):
    bench.options = ("-R",)
    bench.queue()
    codes = [bench.run().exit_code for _ in range(4)]
    assert codes[:3] == [3, 3, 3]
    assert bench.states() == ["FAILED"]


def test_a_name_that_is_taken_is_left_alone(bench):
    name = bench.queue()
    (bench.server / "inbound" / name).write_bytes(b"somebody else's")
    report = bench.run()
    assert bench.states() == ["FAILED"]
    assert (bench.server / "inbound" / name).read_bytes() == b"somebody else's"
    assert report.problems[0].code == "E006"
    assert not list((bench.server / "inbound").glob(".*"))


def small_disk() -> None:
    """Let the server write 64 KB per file, and get an error for more."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))


def test_a_full_disk_on_the_server_never_leaves_a_short_file(bench):
    bench.limits = small_disk
    bench.queue("big", interchange(1) + b"\n" * 300_000)
    small = bench.queue("small")
    report = bench.run()
    assert report.exit_code == 3
    assert [p.name for p in (bench.server / "inbound").iterdir()] == [small]


def test_an_upload_directory_that_is_missing_is_named_as_the_reason(bench):
    bench.configure(mode="rename-dir", temp_dir="temp", upload_dir="nowhere")
    bench.queue()
    report = bench.run()
    assert "upload directory is not there" in report.problems[0].message


def test_one_bad_file_does_not_stop_the_others(bench):
    first, second = bench.queue("a"), bench.queue("b")
    (bench.server / "inbound" / first).write_bytes(b"taken")
    bench.run()
    assert (bench.server / "inbound" / second).exists()


def test_a_spooled_file_that_was_changed_is_not_sent(bench):
    bench.queue()
    path = bench.ledger.spool.path(bench.files()[0].sha256)
    path.chmod(0o600)
    path.write_bytes(b"ISA tampered")
    report = bench.run()
    assert report.counts.get("sent", 0) == 0
    assert bench.states() == ["QUEUED"]


def test_a_rename_that_took_effect_but_was_reported_as_failed_counts_as_sent(bench):
    bench.queue()

    class Lying:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def posix_rename(self, old, new):
            from x12_pa.exchange.errors import RemoteRefused

            self._inner.posix_rename(old, new)
            raise RemoteRefused("Failure")

    bench.run(connect=lambda: Lying(bench.connect()))
    assert (bench.states(), bench.files()[0].evidence) == (["SENT"], "temp_gone")


def test_marker_mode_writes_the_marker_last(bench):
    bench.configure(mode="marker")
    name = bench.queue()
    bench.run()
    names = {p.name for p in (bench.server / "inbound").iterdir()}
    assert names == {name, f"{name}.done"}


def test_direct_mode_survives_a_partner_that_takes_the_file_at_close(bench):
    bench.configure(mode="direct")
    bench.queue()

    class Taking:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, operation):
            return getattr(self._inner, operation)

        def lstat(self, path):
            bench.partner_takes()
            return self._inner.lstat(path)

    bench.run(connect=lambda: Taking(bench.connect()))
    assert (bench.states(), len(bench.taken())) == (["SENT"], 1)


def test_an_ambiguous_file_goes_out_again_with_the_same_bytes_when_its_time_is_up(bench):
    bench.configure(mode="direct", ambiguous_hours=24)
    name = bench.queue()
    bench.run_killed_at("u1_started")
    bench.reopen()
    bench.run()
    assert bench.states() == ["AMBIGUOUS"]
    bench.pass_time(hours=23)
    bench.run()
    assert bench.states() == ["AMBIGUOUS"]
    bench.pass_time(hours=2)
    bench.run()
    assert (bench.server / "inbound" / name).read_bytes() == interchange(1)


def test_a_server_that_dies_on_every_attempt_is_tried_four_times_and_reported(bench):
    bench.queue()

    def dying():
        transport = open_sftp(bench.server)
        transport.server.kill()
        return transport

    tries = []
    report = bench.run(connect=lambda: tries.append(1) or dying())
    assert (len(tries), report.exit_code) == (4, 3)
    assert bench.states() == ["UPLOADING"]


@pytest.mark.parametrize("size", [0, 1, 32768, 32769, 3_000_000])
def test_files_of_any_size_arrive(bench, size):
    data = bytes(i % 251 for i in range(size))
    name = bench.queue(data=data)
    bench.run()
    assert (bench.server / "inbound" / name).read_bytes() == data
