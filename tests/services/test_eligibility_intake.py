"""271s by the hundred: what they tell does not depend on how many are taken in together."""

import gc
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import text

from tests.services.bench import Bench, by_kind, counts
from tests.services.eligibility import CHECK, CHILD, OTHER, THERAPY, told
from tests.support import ROOT
from x12_pa.exchange.store import InboundState
from x12_pa.ledger.integrity import check
from x12_pa.ledger.spool import Spool
from x12_pa.services import eligibility_answers
from x12_pa.services.eligibility_lists import questions

ROWS = (CHECK, THERAPY, OTHER, CHILD, evolve(OTHER, service_type="MH", procedure=None))
TRACE, REFERENCE = re.compile(r"TRN\*2[^~]*~\n"), re.compile(r"(BHT\*0022\*11\*)[^*]*")
AWAY = re.compile(r"EB\*.*(?=SE\*)", re.DOTALL)


def sets_of(data: str) -> list[str]:
    return re.findall(r"ST\*271.*?SE\*[^~]*~\n", data, re.DOTALL)


def interchange(data: str, sets: list[str]) -> bytes:
    """Return a file with these sets in the envelope of another one."""
    head, tail = data[: data.index("ST*")], data[data.index("GE*") :]
    numbered = []
    for number, item in enumerate(sets, 1):
        control, count = f"{number:04d}", item.count("~\n")
        item = re.sub(r"^ST\*271\*\w+", f"ST*271*{control}", item)
        numbered.append(re.sub(r"SE\*.*~", f"SE*{count}*{control}~", item))
    tail = re.sub(r"^GE\*\d+", f"GE*{len(sets)}", tail)
    return (head + "".join(numbered) + tail).encode()


def answers_to(bench: Bench, *rows: Any) -> str:
    """Ask, and return what the payer answers as one file, not read yet."""
    bench.check(*rows)
    bench.run()
    files = bench.poll()
    data = by_kind(path.read_bytes() for path in files)["271"]
    for path in files:
        path.unlink()
    sets = [each for one in data for each in sets_of(one.decode())]
    return interchange(data[0].decode(), sets).decode()


def mixed(data: str) -> bytes:
    """Return a file in which much depends on what stood before it."""
    one, two, three, fourth, child = sets_of(data)
    rejected = AWAY.sub("", one).replace("DMG*", "AAA*N**75*C~\nDMG*")
    unnamed = REFERENCE.sub(r"\g<1>THEIRS", TRACE.sub("", three))
    stranger = unnamed.replace("MBR000102", "MBR000999").replace("FICTION", "NOBODY")
    by_reference = TRACE.sub("", child)
    # Two wait for an answer about the member whom `unnamed` is about, then one, then none.
    sets = [unnamed, rejected, one, one, two, fourth, unnamed, unnamed, stranger, by_reference]
    return interchange(data, [*sets, rejected])


def stored(bench: Bench) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows that tell what was told, by table."""
    found = {}
    with bench.office.ledger.read() as tx:
        for table in ("response", "eligibility_answer", "request_event"):
            rows = tx.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
            found[table] = [tuple(row) for row in rows]
        states = tx.execute(text("SELECT id, state FROM request ORDER BY 1"))
        found["request"] = [tuple(row) for row in states]
        audit = tx.execute(text("SELECT event, subject, data FROM audit ORDER BY seq"))
        events = [tuple(row) for row in audit]
        found["audit"] = [row for row in events if not row[1].startswith("inbound:")]
    return found


def test_taken_in_one_by_one_or_together_the_same_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    for together in (1, 3, 500):
        monkeypatch.setattr(eligibility_answers, "TOGETHER", together)
        (folder := tmp_path / str(together)).mkdir()
        bench = Bench(folder, told(authorization="N"))
        taken = bench.ingest(mixed(answers_to(bench, *ROWS)))
        assert counts(taken) == {"eligibility answers": 8, "answers without a request": 3}
        assert [len(one.told) for one in questions(bench.office)] == [2, 1, 1, 1, 1]
        assert check(bench.office.ledger).ok
        found[together] = stored(bench)
        bench.close()
    assert found[1] == found[3] == found[500]


def test_many_that_came_before_their_inquiries_are_read_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "other"):
        (tmp_path / name).mkdir()
    bench, other = Bench(tmp_path / "here"), Bench(tmp_path / "other", told(authorization="Y"))
    data = answers_to(other, *ROWS).encode()
    assert counts(bench.ingest(data))["answers without a request"] == 5
    opened: list[str] = []
    real = Spool.open
    monkeypatch.setattr(Spool, "open", lambda self, name: opened.append(name) or real(self, name))
    taken = bench.ingest(other.received()[0])
    assert counts(taken) == {"inquiries": 5, "answers that had come before": 5}
    assert [len(one.told) for one in questions(bench.office)] == [1] * 5
    assert len(opened) == 2  # the inquiries, and the answers


def test_the_collector_of_the_process_is_left_as_it_was(tmp_path: Path) -> None:
    bench, before = Bench(tmp_path), gc.get_threshold()
    assert bench.ingest(b"no interchange").outcome.state is InboundState.QUARANTINED
    assert gc.get_threshold() == before


CHILD_PROCESS = """
import sys
from functools import partial
from pathlib import Path
sys.path.insert(0, "scripts")
from bench_children import peak_megabytes
from tests.services.bench import Bench
from x12_pa.services.ingest import ingest_file

bench = Bench(Path(sys.argv[1]))
with open(sys.argv[2], "rb") as stream:
    taken = ingest_file(bench.office, "271", iter(partial(stream.read, 1 << 18), b""))
assert taken.outcome.counts == {"eligibility answers": int(sys.argv[3])}, taken.outcome
print(peak_megabytes())
"""
MEGABYTES = 6.0
"""How much more memory four times the file may take: what varies from run to run. The longer file
has 18 MB more, so holding its bytes once, in any form, takes more than that."""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path, told(authorization="N"))
    data = answers_to(bench, CHECK)
    bench.close()
    (one,) = sets_of(data)
    wordy = "".join(f"MSG*{'WORDS OF NO CONSEQUENCE ' * 11}~\n" for _ in range(80))
    peaks = []
    for count in (300, 1200):
        messages = (f"MSG*NUMBER {count} {n}~\n{wordy}SE*" for n in range(count))
        path = tmp_path / f"{count}.edi"
        path.write_bytes(interchange(data, [one.replace("SE*", each) for each in messages]))
        path.write_bytes(re.sub(rb"(ISA.{87}|IEA\*1\*)\d{9}", rb"\g<1>%09d" % count,
                                path.read_bytes()))  # fmt: skip
        command = [sys.executable, "-c", CHILD_PROCESS, tmp_path, path, str(count)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peaks.append(float(done.stdout))
    assert (tmp_path / "1200.edi").stat().st_size > (tmp_path / "300.edi").stat().st_size + 18e6
    assert peaks[1] - peaks[0] < MEGABYTES, peaks
