"""Killed with SIGKILL at every named place, recovered twice: exactly one effect."""

import hashlib

import pytest

from tests.exchange.bench import SIGKILLED, Bench, interchange
from x12_pa.exchange import failpoints

BIG = interchange(7, "X") + b"\n" * 600_000


@pytest.mark.parametrize("mode", ["rename", "rename-dir", "marker"])
@pytest.mark.parametrize("partner", ["takes at once", "takes later"])
@pytest.mark.parametrize("place", failpoints.UPLOAD)
def test_an_upload_killed_anywhere_arrives_exactly_once(bench, place, partner, mode):
    bench.configure(mode=mode, temp_dir="temp")
    name = bench.queue(data=BIG)
    assert bench.run_killed_at(place) == SIGKILLED
    for _ in range(2):
        if partner == "takes at once":
            take(bench, mode)
        bench.reopen()
        bench.run()
    take(bench, mode)
    assert bench.taken() == [(name, BIG)]
    assert bench.states() == ["SENT"]
    assert not list((bench.server / "temp").iterdir())


def take(bench: Bench, mode: str) -> None:
    """A partner that waits for markers takes only what is marked, marker included."""
    folder = bench.server / "inbound"
    if mode == "marker":
        for marker in folder.glob("*.done"):
            marker.unlink()
            final = folder / marker.name.removesuffix(".done")
            final.rename(bench.server / "taken" / f"0-{final.name}")
    else:
        bench.partner_takes()


@pytest.mark.parametrize("place", [p for p in failpoints.UPLOAD if p[:2] not in ("u5", "u6")])
def test_a_direct_upload_killed_anywhere_is_never_doubled(bench, place):
    bench.configure(mode="direct")
    name = bench.queue(data=BIG)
    assert bench.run_killed_at(place) == SIGKILLED
    final = bench.server / "inbound" / name
    if final.exists() and final.stat().st_size == len(BIG):
        bench.partner_takes()
    bench.reopen()
    bench.run()
    bench.run()
    bench.partner_takes()
    outcome = (len(bench.taken()), bench.states())
    assert outcome in [(1, ["SENT"]), (1, ["AMBIGUOUS"]), (0, ["AMBIGUOUS"])]


@pytest.mark.parametrize("after", ["archive", "delete", "leave"])
@pytest.mark.parametrize("place", failpoints.DOWNLOAD)
def test_a_download_killed_anywhere_has_its_effect_exactly_once(bench, place, after):
    bench.configure(after_download=after)
    bench.put("999_answer.x12", BIG)
    killed = bench.run_killed_at(place)
    assert killed == SIGKILLED or (place == "d8_archived" and killed == 0)
    for _ in range(2):
        bench.reopen()
        bench.run()
    digest = hashlib.sha256(BIG).hexdigest()
    assert bench.count_effects() == {f"sha:{digest}": 1}
    left = [p.name for p in (bench.server / "outbound").iterdir() if p.is_file()]
    assert left == (["999_answer.x12"] if after == "leave" else [])
    archived = list((bench.server / "outbound" / "archive").glob("*"))
    assert [p.read_bytes() == BIG for p in archived] == ([True] if after == "archive" else [])
    assert not list(bench.ledger.spool.temporary.glob("*"))


def test_a_name_that_the_partner_reused_meanwhile_is_not_deleted_unread(bench):
    bench.configure(after_download="delete")
    bench.put("report.x12", interchange(1))
    assert bench.run_killed_at("d7_cleared") == SIGKILLED
    bench.put("report.x12", interchange(2, "SECOND"), age=60)
    bench.reopen()
    bench.run()
    bench.run()
    assert sorted(bench.count_effects().values()) == [1, 1]
