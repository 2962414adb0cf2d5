"""Against the embedded server that the demo uses, and a lying one built on the same library."""

import asyncssh
import pytest

from tests.exchange.bench import Bench, interchange
from x12_pa.configuration import MailboxSettings
from x12_pa.exchange.connecting import transport_factory
from x12_pa.exchange.doctor import examine
from x12_pa.exchange.sftp import connect
from x12_pa.exchange.trust import host_keys
from x12_pa.simulator import sftp_server
from x12_pa.simulator.sftp_server import SftpServer, make_key_pair


def settings(server: SftpServer, home) -> MailboxSettings:
    return MailboxSettings(
        name="acme",
        host=server.host,
        port=server.port,
        username=server.username,
        key_file=home / "keys" / "client",
        host_key=(server.fingerprint,),
        settle_seconds=0,
        timeout_seconds=10,
    )


@pytest.fixture
def embedded(tmp_path):
    """A bench whose server directory is served by the embedded server."""
    bench = Bench.make(tmp_path)
    public = make_key_pair(tmp_path / "keys" / "client")
    with SftpServer(bench.server, authorized_keys=[public]) as server:
        bench.box = settings(server, tmp_path)
        yield bench


def test_files_go_out_and_come_in(embedded):
    name = embedded.queue(data=interchange(1) + b"\n" * 300_000)
    embedded.put("answer.x12", interchange(5))
    report = embedded.run(connect=transport_factory(embedded.box, {}))
    assert (report.exit_code, report.counts["ingested"]) == (0, 1)
    assert [p.name for p in (embedded.server / "inbound").iterdir()] == [name]


def test_it_can_be_examined_and_its_key_shown(embedded):
    with connect(embedded.box, {}) as transport:
        assert examine(embedded.box, transport).mode == "rename"
    assert [key.pinned for key in host_keys(embedded.box)] == [True]


NAMES = [b"../../etc/evil", b"a/b", b"nul\x00byte", b"\xff\xfe not utf-8", b"n" * 5000]


async def hostile_scandir(self, path):
    """List what no honest server lists: traversal, NUL, long names, files without a size."""
    for name in NAMES:
        yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(size=5, permissions=0o100644))
    yield asyncssh.SFTPName(b"sizeless.x12", attrs=asyncssh.SFTPAttrs())
    yield asyncssh.SFTPName(b"answer.x12", attrs=asyncssh.SFTPAttrs(permissions=0o100644))


def test_hostile_names_over_the_wire_cost_a_warning_each_and_not_the_run(embedded, monkeypatch):
    monkeypatch.setattr(sftp_server._Jail, "scandir", hostile_scandir)
    embedded.put("answer.x12", interchange(5))
    report = embedded.run(connect=transport_factory(embedded.box, {}))
    assert report.counts["ingested"] == 1
    assert len(report.problems) == 4
    assert report.counts["vanished"] == 2


async def refused_write(self, file_obj, offset, data):
    """Refuse the fourth chunk, as a full quota does."""
    if offset >= 3 * 32768:
        raise asyncssh.SFTPFailure("quota")
    file_obj.seek(offset)
    return file_obj.write(data)


def test_a_write_error_in_the_middle_of_a_pipelined_upload_is_seen(embedded, monkeypatch):
    monkeypatch.setattr(sftp_server._Jail, "write", refused_write)
    embedded.queue(data=interchange(1) + b"\n" * 300_000)
    report = embedded.run(connect=transport_factory(embedded.box, {}))
    assert "refused" in report.problems[0].message
    assert list((embedded.server / "inbound").iterdir()) == []
    assert embedded.states() == ["QUEUED"]
