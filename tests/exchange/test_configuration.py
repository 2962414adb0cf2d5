"""`x12-pa.toml`: what is accepted, and one clear sentence for what is not."""

from datetime import timedelta

import pytest

from x12_pa.configuration import load_settings
from x12_pa.errors import ConfigError

KEY = "SHA256:4VGmhPLnRkHpqbXKkdlMC/mhoKuUfH3wBNkQJqUHiMM"
GOOD = f"""
[identity]
qualifier = "ZZ"
sender_id = "CLINIC001"

[ledger]
url = "sqlite:///ledger.db"
spool = "spool"

[mailbox.acme]
transport = "sftp"
host = "sftp.example.org"
username = "clinic001"
key_file = "keys/id_ed25519"
host_key = ["{KEY}"]
every = "15m"
weekdays = ["mon", "fri"]
zone = "America/New_York"
"""


def load(tmp_path, text, **options):
    file = tmp_path / "x12-pa.toml"
    file.write_text(text)
    return load_settings(file, environ={}, **options)


def test_paths_count_from_the_file_that_names_them(tmp_path):
    settings = load(tmp_path, GOOD)
    assert settings.ledger.url == f"sqlite:///{tmp_path}/ledger.db"
    assert settings.ledger.spool == tmp_path / "spool"
    assert settings.mailbox("acme").key_file == tmp_path / "keys/id_ed25519"
    assert settings.mailbox("acme").every == timedelta(minutes=15)


def test_the_group_sender_and_the_trace_originator_follow_from_the_sender(tmp_path):
    identity = load(tmp_path, GOOD).require_identity()
    assert (identity.gs_sender, identity.trace_originator) == ("CLINIC001", "9CLINIC001")


def test_without_a_file_the_state_lies_below_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={})
    assert settings.ledger.url == f"sqlite:///{tmp_path}/.x12-pa/ledger.db"
    assert settings.state_dir == tmp_path / ".x12-pa"


def test_the_file_is_found_by_option_then_environment_then_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x12-pa.toml").write_text('[identity]\nsender_id = "HERE"\n')
    (tmp_path / "env.toml").write_text('[identity]\nsender_id = "ENV"\n')
    named = {"X12_PA_CONFIG": str(tmp_path / "env.toml")}
    assert load_settings(environ={}).require_identity().sender_id == "HERE"
    assert load_settings(environ=named).require_identity().sender_id == "ENV"


def test_the_ledger_option_wins_and_counts_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load(tmp_path, GOOD, ledger_url="sqlite:///other.db")
    assert settings.ledger.url == f"sqlite:///{tmp_path}/other.db"


WRONG = {
    "misspelt key": ("host_key =", "hostkey =", "mailbox.acme.hostkey: unknown key; did you mean"),
    "no host key": (f'host_key = ["{KEY}"]\n', "", "mailbox.acme: host_key is missing"),
    "not a fingerprint": (KEY, "aa:bb:cc", "mailbox.acme.host_key: expected fingerprints"),
    "number of a weekday": ('["mon", "fri"]', "[1, 5]", "numbers are refused"),
    "unknown weekday": ('"fri"', '"friday"', "mailbox.acme.weekdays: expected each day once"),
    "unknown zone": ("America/New_York", "EST5", "mailbox.acme.zone: expected a time zone"),
    "port as a text": ('username = "', 'port = "22"\nusername = "', "mailbox.acme.port"),
    "no host": ('host = "sftp.example.org"\n', "", "mailbox.acme: host is missing"),
    "no credential": ('key_file = "keys/id_ed25519"\n', "", "exactly one of key_file and"),
    "a secret in the file": ('username = "', 'password = "x"\nusername = "', "unknown key"),
    "unknown mode": ('every = "15m"', 'mode = "copy"', "mailbox.acme.mode: expected one of"),
    "odd interval": ('"15m"', '"15"', "mailbox.acme.every: expected a time span"),
    "too short an interval": ('"15m"', '"1s"', 'at least "10s"'),
    "odd window": ('every = "15m"', 'windows = ["22-23"]', "mailbox.acme.windows: expected"),
    "empty window": ('every = "15m"', 'windows = ["22:00-22:00"]', "with a length"),
    "unknown section": ("[identity]", "[identiy]", "identiy: unknown key; did you mean 'identity'"),
    "no sender": ('sender_id = "CLINIC001"\n', "", "identity: sender_id is missing"),
    "not a database": ("sqlite:///ledger.db", "ledger.db", "ledger.url: expected a database URL"),
    "not TOML": ("[identity]", "[identity", "is not valid TOML"),
    "odd mailbox name": ("[mailbox.acme]", '[mailbox."a/b"]', "a mailbox name is letters"),
    "rename-dir alone": ('every = "15m"', 'mode = "rename-dir"', "needs temp_dir"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_named_with_its_file_and_key(tmp_path, case):
    before, after, expected = WRONG[case]
    assert before in GOOD
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(before, after, 1))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/x12-pa.toml: ")
    assert expected in message


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read"):
        load_settings(tmp_path / "gone.toml", environ={})


def test_a_mailbox_that_is_not_configured_is_answered_with_those_that_are(tmp_path):
    with pytest.raises(ConfigError, match=r"no \[mailbox.acne\]. Configured: acme"):
        load(tmp_path, GOOD).mailbox("acne")


def test_only_the_command_that_shows_host_keys_may_go_without_one(tmp_path):
    text = GOOD.replace(f'host_key = ["{KEY}"]\n', "")
    assert load(tmp_path, text, allow_unpinned=True).mailbox("acme").host_key == ()


def test_a_mailbox_has_the_zone_at_the_top_unless_it_names_its_own(tmp_path):
    settings = load(tmp_path, 'zone = "America/Chicago"\n' + GOOD)
    assert (settings.zone.key, settings.mailbox("acme").zone.key) == (
        "America/Chicago",
        "America/New_York",
    )
    plain = GOOD.replace('zone = "America/New_York"\n', "")
    inherited = load(tmp_path, 'zone = "America/Chicago"\n' + plain)
    assert inherited.mailbox("acme").zone.key == "America/Chicago"
    assert load(tmp_path, plain).zone.key == load(tmp_path, plain).mailbox("acme").zone.key == "UTC"


@pytest.mark.parametrize("wrong", ['"America/NewYork"', '"America"', '"../etc"', "5", '""'])
def test_a_zone_that_is_none_is_refused_with_file_and_form(tmp_path, wrong):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f"zone = {wrong}\n{GOOD}")
    text = str(refused.value)
    assert str(tmp_path / "x12-pa.toml") in text
    assert "zone" in text
    assert "expected a" in text
    assert ('perhaps "America/New_York"' in text) == (wrong == '"America/NewYork"')


def test_a_zone_below_a_table_is_told_where_it_belongs(tmp_path):
    with pytest.raises(ConfigError, match=r"identity\.zone.*top of the file"):
        load(tmp_path, '[identity]\nsender_id = "CLINIC001"\nzone = "UTC"\n')
