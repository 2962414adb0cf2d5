"""Mailbox, server and payer together: a request goes in over SFTP, the answer comes out."""

import stat
from pathlib import Path

import paramiko

from tests.simulator.support import fixture, interchange
from x12_pa.simulator.partner import Partner


def test_request_over_sftp_is_answered_over_sftp(tmp_path: Path):
    with Partner(tmp_path) as partner:
        settings = partner.settings()
        transport = paramiko.Transport((settings["host"], settings["port"]))
        try:
            transport.start_client(timeout=10)
            assert transport.get_remote_server_key().fingerprint in settings["host_key"]
            key = paramiko.Ed25519Key.from_private_key_file(settings["key_file"])
            transport.auth_publickey(settings["username"], key)
            sftp = paramiko.SFTPClient.from_transport(transport)
            assert sftp is not None
            with sftp.open("inbound/.r.tmp", "wb") as handle:
                handle.write(interchange(fixture(1)))
            sftp.posix_rename("inbound/.r.tmp", "inbound/r.x12")
            partner.poll()
            assert sftp.listdir("inbound") == []
            assert sorted(sftp.listdir("outbound")) == ["000000001.999.x12", "000000002.278.x12"]
        finally:
            transport.close()


def test_partner_started_again_has_the_same_host_key(tmp_path: Path):
    first = Partner(tmp_path).server.fingerprint
    assert Partner(tmp_path).server.fingerprint == first


def test_private_keys_are_private(tmp_path: Path):
    Partner(tmp_path)
    for name in ("id_ed25519", "host_ed25519"):
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600


def test_clients_see_neither_keys_nor_memory(tmp_path: Path):
    partner = Partner(tmp_path)
    partner.poll()
    assert sorted(p.name for p in partner.server.root.iterdir()) == ["inbound", "outbound"]
