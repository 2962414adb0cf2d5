"""The embedded server speaks real SFTP: to paramiko always, to OpenSSH's client where it is."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import paramiko
import pytest

from x12_pa.errors import LocalError, UsageError
from x12_pa.simulator.sftp_server import SftpServer


@pytest.fixture
def client_key(tmp_path: Path) -> Path:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "id_ed25519"
    key.write_private_key(str(path))
    key.write_public_key(f"{path}.pub")
    path.chmod(0o600)
    return path


@pytest.fixture
def server(tmp_path: Path, client_key: Path) -> Iterator[SftpServer]:
    public = Path(f"{client_key}.pub").read_text()
    with SftpServer(tmp_path / "payer", authorized_keys=[public]) as running:
        yield running


def connect(server: SftpServer, key: Path, username: str = "clinic001") -> paramiko.Transport:
    transport = paramiko.Transport((server.host, server.port))
    transport.start_client(timeout=10)
    transport.auth_publickey(username, paramiko.Ed25519Key.from_private_key_file(str(key)))
    return transport


def test_upload_under_temporary_name_then_posix_rename(server: SftpServer, client_key: Path):
    transport = connect(server, client_key)
    try:
        sftp = paramiko.SFTPClient.from_transport(transport)
        assert sftp is not None
        with sftp.open("inbound/.a.edi.tmp", "wb") as handle:
            handle.write(b"ISA*00*")
        sftp.posix_rename("inbound/.a.edi.tmp", "inbound/a.edi")
        assert sftp.listdir("inbound") == ["a.edi"]
    finally:
        transport.close()
    assert (server.root / "inbound" / "a.edi").read_bytes() == b"ISA*00*"


def test_pinned_fingerprint_is_that_of_the_key_offered(server: SftpServer, client_key: Path):
    transport = connect(server, client_key)
    try:
        assert transport.get_remote_server_key().fingerprint == server.fingerprint
    finally:
        transport.close()


def test_client_cannot_leave_the_mailbox(server: SftpServer, client_key: Path):
    secret = server.root.parent / "secret.txt"
    secret.write_text("not yours")
    (server.root / "link").symlink_to(secret)
    transport = connect(server, client_key)
    try:
        sftp = paramiko.SFTPClient.from_transport(transport)
        assert sftp is not None
        assert "secret.txt" not in sftp.listdir("/../../..")
        with pytest.raises(FileNotFoundError):
            sftp.open("../secret.txt")
        with pytest.raises(PermissionError):
            sftp.open("link")
    finally:
        transport.close()


def test_unknown_key_and_unknown_user_are_refused(server: SftpServer, client_key: Path, tmp_path):
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    with pytest.raises(paramiko.AuthenticationException):
        connect(server, stranger)
    with pytest.raises(paramiko.AuthenticationException):
        connect(server, client_key, username="root")


def test_same_host_key_after_a_restart(tmp_path: Path):
    first = SftpServer(tmp_path / "payer")
    again = SftpServer(tmp_path / "payer", host_key=first.host_key)
    assert first.fingerprint == again.fingerprint


def test_a_server_that_was_stopped_answers_nobody(server: SftpServer, client_key: Path):
    server.stop()
    with pytest.raises((OSError, paramiko.SSHException)):
        connect(server, client_key)


def test_taken_port_is_one_clear_error(server: SftpServer, tmp_path: Path):
    with pytest.raises(LocalError, match="Choose another port"):
        SftpServer(tmp_path / "other", port=server.port).start()


def test_unreadable_authorised_key_says_what_to_give(tmp_path: Path):
    with pytest.raises(UsageError, match=r"\.pub file"):
        SftpServer(tmp_path, authorized_keys=["nonsense"])


@pytest.mark.skipif(shutil.which("sftp") is None, reason="no OpenSSH sftp client on this machine")
def test_openssh_client_puts_renames_and_gets(server: SftpServer, client_key: Path, tmp_path: Path):
    hosts = tmp_path / "known_hosts"
    hosts.write_text(server.known_hosts_line)
    (server.root / "outbound" / "answer.edi").write_bytes(b"answer")
    (tmp_path / "batch").write_text(
        f"put {client_key}.pub inbound/x.tmp\nrename inbound/x.tmp inbound/x.edi\n"
        f"get outbound/answer.edi {tmp_path}/got.edi\n"
    )
    subprocess.run(
        [
            "sftp",
            "-P",
            str(server.port),
            "-i",
            str(client_key),
            "-b",
            str(tmp_path / "batch"),
            "-o",
            f"UserKnownHostsFile={hosts}",
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "IdentitiesOnly=yes",
            f"clinic001@{server.host}",
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    assert (tmp_path / "got.edi").read_bytes() == b"answer"
    assert [p.name for p in (server.root / "inbound").iterdir()] == ["x.edi"]
