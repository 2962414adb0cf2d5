#!/usr/bin/env python3
"""Measure eligibility: build and validate 270s, read and answer 271s, each in a fresh process.

    scripts/bench_eligibility.py [--count 100000] [--benefits 20] [--ledger 20000] [--json FILE]

- *build 270*: `EligibilityInquiry` records, one patient each, to segments and into a file, one
  transaction set after the other.
- *validate 270*: `x12_pa.validate` on that file; it must be accepted without a finding.
- *read 271*: a file with `--benefits` EB segments a set (every third with limits, dates, messages,
  places or a reviewer below it) to records, with the place of each.
- *answer 271*: the same, found again by its trace number, and the answer to the one service that
  was asked about: coverage, limits, authorization required. The ledger is not written.
- *ask 270*: a schedule of `--ledger` rows becomes 270s that are queued (`eligibility check`): each
  row judged, built, validated and recorded. What became of each row is returned, so its memory
  grows with the rows.
- *ingest 271*: one file that answers them all is taken in as `x12-pa ingest` does it: spooled,
  matched, answered and recorded with its evidence, in one transaction.

Each is run on a tenth of the sets as well: the peak memory of the process must stay where it is.
Time is the processor's, without imports; what is compiled once a process counts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench_children import peak_megabytes
from bench_run import environment

ASKED = "PT"
HEADER = (
    "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{receiver:15}*261122*1401*^*00501*000000001"
    "*0*T*:~\nGS*{kind}*{sender}*{receiver}*20261122*1401*1*X*005010X279A1~\n"
)
TRAILER = "GE*{count}*1~\nIEA*1*000000001~\n"
FAMILY = ("ADLER", "BRANDT", "CONRAD", "DORN", "EBERT", "FROST", "GRAF")


def trace_of(number: int) -> str:
    return f"TRC{number:09d}"


def benefit(number: int, index: int) -> list[str]:
    """Return one EB with what hangs below it; amounts and counts differ from member to member."""
    amount = (number * 31 + index * 17) % 2500
    plan = "PR*EXAMPLE GOLD PPO"
    kinds = [
        [f"EB*C*IND*30*{plan}*29*{amount}.{number % 100:02d}*****Y"],
        [f"EB*B*IND*98*{plan}*27*35*****Y"],
        [f"EB*A*IND*UC^86*{plan}*27**.2****W"],
        [
            f"EB*F*IND*{ASKED}*{plan}*29***VS*{amount % 40}*Y*Y",
            f"HSD*VS*{amount % 30}***29*1",
            "DTP*348*D8*20260101",
        ],
        [
            f"EB*D*IND**{plan}******Y*Y*HC:73721",
            "MSG*PRIOR AUTHORIZATION MAY BE REQUIRED",
            "III*ZZ*22",
        ],
        [
            f"EB*1*IND*MH*{plan}******U*Y",
            "LS*2120",
            "NM1*X3*2*EXAMPLE REVIEW*****PI*EXREV",
            "PER*IC*DESK*TE*5555550100",
            "LE*2120",
        ],
        [f"EB*G*FAM*30*{plan}*29*{amount * 2}*****N"],
    ]
    return kinds[index % len(kinds)]


def response(number: int, benefits: int, trace: str = "", reference: str = "") -> str:
    """Return one 271 as text, ST to SE."""
    control = f"{number:04d}"
    lines = [
        f"ST*271*{control}*005010X279A1",
        f"BHT*0022*11*{reference or f'REF{number:09d}'}*20261122*1401",
        "HL*1**20*1",
        "NM1*PR*2*EXAMPLE HEALTH PLAN*****PI*EXHP01",
        "HL*2*1*21*1",
        "NM1*1P*2*EXAMPLE CLINIC*****XX*1234567893",
        "HL*3*2*22*0",
        f"TRN*2*{trace or trace_of(number)}*9CLINIC001",
        f"NM1*IL*1*{FAMILY[number % 7]}{number % 977}*ALEX*Q***MI*MBR{number:09d}",
        "REF*6P*GRP001*EXAMPLE GROUP",
        f"N3*{number % 800 + 1} EXAMPLE STREET",
        "N4*SAMPLETOWN*OH*43004",
        f"DMG*D8*19{number % 60 + 40}0{number % 9 + 1}1{number % 9}*F",
        "DTP*346*D8*20260101",
        "EB*1*IND*30*PR*EXAMPLE GOLD PPO",
    ]
    for index in range(benefits - 1):
        lines += benefit(number, index)
    lines.append(f"SE*{len(lines) + 1}*{control}")
    return "~\n".join(lines) + "~\n"


def write_responses(path: Path, count: int, benefits: int) -> None:
    with path.open("w", encoding="latin-1", newline="") as stream:
        stream.write(HEADER.format(kind="HB", sender="EXHP01", receiver="CLINIC001"))
        for number in range(1, count + 1):
            stream.write(response(number, benefits))
        stream.write(TRAILER.format(count=count))


def inquiry(number: int) -> Any:
    """Return one 270 as a record."""
    from x12_pa.models import EligibilityInquiry, Period, Trace
    from x12_pa.models import eligibility as e
    from x12_pa.models import eligibility_parts as p

    payer = p.EligibilityParty(
        role="PR", name="EXAMPLE HEALTH PLAN", identifier_type="PI", identifier="EXHP01"
    )
    clinic = p.EligibilityParty(
        role="1P", name="EXAMPLE CLINIC", identifier_type="XX", identifier="1234567893"
    )
    person = p.EligibilityPerson(
        last_name=f"{FAMILY[number % 7]}{number % 977}",
        first_name="ALEX",
        member_id_type="MI",
        member_id=f"MBR{number:09d}",
        birth_date=date(1940 + number % 60, number % 9 + 1, 10 + number % 9),
        gender="F",
        dates=(p.DatedFact(type="291", period=Period(date(2026, 12, 1))),),
    )
    subscriber = e.InquirySubscriber(
        traces=(Trace(number=trace_of(number), originator="9CLINIC001"),),
        person=person,
        questions=(e.Question(service_types=(ASKED,)),),
    )
    receiver = e.InquiryReceiver(party=clinic, subscribers=(subscriber,))
    return EligibilityInquiry(
        reference=f"REF{number:09d}",
        created_on=date(2026, 11, 22),
        created_at="14:01",  # type: ignore[arg-type]
        sources=(e.InquirySource(party=payer, receivers=(receiver,)),),
    )


def build(path: Path, count: int) -> None:
    from x12_pa.guides import load_guide
    from x12_pa.models import build_eligibility

    guide = load_guide("270")
    with path.open("w", encoding="latin-1", newline="") as stream:
        stream.write(HEADER.format(kind="HS", sender="CLINIC001", receiver="EXHP01"))
        for number in range(1, count + 1):
            control = f"{number:04d}"
            lines = [s.text for s in build_eligibility(inquiry(number), guide, control=control)]
            lines.append(f"SE*{len(lines) + 1}*{control}")
            stream.write("~\n".join(lines) + "~\n")
        stream.write(TRAILER.format(count=count))


def check(path: Path, count: int) -> None:
    from x12_pa import validate

    with path.open("rb") as source:
        result = validate(source, path=str(path), today=date(2026, 11, 22))
    if result.findings:
        codes = sorted({finding.code for finding in result.findings})
        raise SystemExit(f"bench: the inquiries have findings: {codes}")


def responses(path: Path) -> Iterator[Any]:
    from x12_pa.models import locate_eligibility
    from x12_pa.syntax import read_transactions

    with path.open("rb") as source:
        for transaction in read_transactions(source):
            yield locate_eligibility(transaction)


def read(path: Path, count: int) -> None:
    found = sum(1 for _ in responses(path))
    if found != count:
        raise SystemExit(f"bench: read {found} of {count} responses")


def answer(path: Path, count: int) -> None:
    from x12_pa.eligibility import Ask, answers

    day, asks = datetime(2026, 12, 1, tzinfo=UTC).date(), (Ask(service_type=ASKED),)
    waiting = {trace_of(number) for number in range(1, count + 1)}
    for located in responses(path):
        for told in answers(located.record, asks=asks, on=day, places=located.places):
            waiting.discard(told.traces[0])
            if told.authorization.required != "yes" or told.coverage.state != "active":
                raise SystemExit("bench: an answer is not what the file says")
    if waiting:
        raise SystemExit(f"bench: {len(waiting)} inquiries are without an answer")


CONFIGURATION = """
[identity]
sender_id = "CLINIC001"
trace_originator = "9CLINIC001"
[ledger]
url = "sqlite:///ledger.db"
spool = "spool"
[mailbox.payer]
transport = "local"
root = "box"
profile = "demo-payer"
"""


def opened(folder: Path) -> Any:
    from x12_pa.configuration import load_settings
    from x12_pa.ledger.database import open_ledger
    from x12_pa.services.office import Office

    (folder / "x12-pa.toml").write_text(CONFIGURATION)
    settings = load_settings(folder / "x12-pa.toml")
    ledger = open_ledger(settings.ledger.url, clock=now, spool=settings.ledger.spool)
    return Office(settings=settings, ledger=ledger, clock=now)


def ask(folder: Path, count: int, benefits: int = 20) -> float:
    """Ask about `count` members; return the seconds, and leave the file that answers."""
    from x12_pa.eligibility.schedule import Check
    from x12_pa.services.eligibility_check import check
    from x12_pa.services.eligibility_desk import Wanted

    office = opened(folder)
    rows = [
        Check(
            payer_id="DEMOPAYER",
            payer_name="DEMONSTRATION HEALTH PLAN",
            provider_npi="1000000012",
            provider_name="EXAMPLE VALLEY CLINIC",
            member_id=f"MBR{number:09d}",
            subscriber_last_name=FAMILY[number % 7],
            subscriber_first_name="ALEX",
            subscriber_birth_date=date(1950, 1, 1),
            service_type=ASKED,
            service_date=date(2026, 12, 1),
        )
        for number in range(1, count + 1)
    ]
    wanted = [Wanted(where=str(n), check=row) for n, row in enumerate(rows, 1)]
    begin = time.process_time()
    asked = check(office, wanted).outcomes
    seconds = time.process_time() - begin
    office.ledger.close()
    with (folder / ANSWERS).open("w", encoding="latin-1", newline="") as stream:
        stream.write(HEADER.format(kind="HB", sender="DEMOPAYER", receiver="CLINIC001"))
        for number, one in enumerate(asked, 1):
            stream.write(response(number, benefits, one.trace or "", one.reference or ""))
        stream.write(TRAILER.format(count=count))
    if any(one.state != "queued" for one in asked):
        raise SystemExit("bench: not every row of the schedule was asked about")
    return seconds


def ingest(folder: Path, count: int) -> float:
    """Take in the file that answers; return the seconds of that."""
    from x12_pa.services.ingest import ingest_file

    office = opened(folder)
    begin = time.process_time()
    with (folder / ANSWERS).open("rb") as answers:
        chunks = iter(partial(answers.read, CHUNK_BYTES), b"")
        taken = ingest_file(office, ANSWERS, chunks).outcome
    seconds = time.process_time() - begin
    office.ledger.close()
    if taken.counts != {"eligibility answers": count}:
        raise SystemExit(f"bench: not all was answered: {taken.summary}")
    return seconds


def now() -> datetime:
    return datetime(2026, 11, 22, 14, 1, tzinfo=UTC)


ANSWERS = "answers.edi"
CHUNK_BYTES = 1 << 18
WITH_A_LEDGER: dict[str, Callable[[Path, int], float]] = {"ask 270": ask, "ingest 271": ingest}
PARTS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "build 270": ("270", build),
    "validate 270": ("270", check),
    "read 271": ("271", read),
    "answer 271": ("271", answer),
}


def child(part: str, path: str, count: int) -> int:
    if part in WITH_A_LEDGER:
        seconds = WITH_A_LEDGER[part](Path(path), count)
    else:
        begin = time.process_time()
        PARTS[part][1](Path(path), count)
        seconds = time.process_time() - begin
    print(json.dumps({"seconds": seconds, "peak": peak_megabytes()}))
    return 0


def run(part: str, path: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--child", part, str(path), str(count)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or f"bench: {part} failed")
    found = json.loads(done.stdout)
    return {
        "what": part,
        "sets": count,
        "seconds": round(found["seconds"], 2),
        "sets_per_second": round(count / found["seconds"]),
        "peak_megabytes": round(found["peak"], 1),
    }


def sizes(count: int) -> tuple[int, ...]:
    """Return a tenth of a number of sets, and all of them."""
    return tuple(dict.fromkeys((max(count // 10, 1), count))) if count else ()


def measure(count: int, benefits: int, recorded: int) -> list[dict[str, Any]]:
    """Run every part on a tenth of the sets and on all of them; with a ledger on `recorded`."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="x12-pa-bench-") as name:
        folder = Path(name)
        for sets in sizes(count):
            files = {"270": folder / "270.edi", "271": folder / "271.edi"}
            write_responses(files["271"], sets, benefits)
            for part, (kind, _) in PARTS.items():
                print(f"{part}, {sets} sets", file=sys.stderr)
                rows.append(run(part, files[kind], sets))
        for sets in sizes(recorded):
            office = folder / f"ledger-{sets}"
            office.mkdir()
            for part in WITH_A_LEDGER:
                print(f"{part}, {sets} sets", file=sys.stderr)
                rows.append(run(part, office, sets))
            shutil.rmtree(office)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="transaction sets")
    parser.add_argument("--benefits", type=int, default=20, help="EB segments of a 271")
    parser.add_argument("--ledger", type=int, default=20_000, help="sets to take into a ledger")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        part, path, count = args.child
        return child(part, path, int(count))
    rows = measure(args.count, args.benefits, args.ledger)
    print("| what | sets | seconds | sets/s | peak MB |\n|---|---:|---:|---:|---:|")
    for row in rows:
        figures = (row["sets"], row["seconds"], row["sets_per_second"], row["peak_megabytes"])
        print(f"| {row['what']} | " + " | ".join(f"{figure:,}" for figure in figures) + " |")
    if args.json:
        args.json.write_text(json.dumps({"benefits": args.benefits, "rows": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
