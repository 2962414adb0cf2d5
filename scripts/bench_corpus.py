#!/usr/bin/env python3
"""Write claim and request files of any size for measuring, the same bytes for the same seed.

    bench_corpus.py 837P --mb 10 -o claims.edi
    bench_corpus.py 278 --mb 10 -o requests.edi

Claims come in sets of a hundred, with subscribers and dependents, one to six lines, diagnoses,
referring and rendering providers out of a directory of two thousand, totals that balance and NPIs
with a valid check digit. Requests come one to a set, as the 278 wants it, with one to four
services. Everything is invented.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

CLAIMS_PER_SET = 100
PROVIDERS = 2000
FIRST_DAY = date(2026, 1, 5)
LAST_NAMES = ("TESTER", "DEMOVICH", "SAMPLE", "EXAMPLE", "MOCKTON", "FAKELY")
FIRST_NAMES = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL")
DIAGNOSES = ("M25561", "M25569", "M545", "E119", "I10", "J449", "K8000", "S8290XA", "Z1231")
PROCEDURES = ("73721", "99213", "97110", "70553", "47562", "93306", "71260", "45378")
PLACES = ("11", "22", "19", "24")
PAYER = "NM1*PR*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER"


def npi(stem: int) -> str:
    """Return the ten digits of an NPI: nine of `stem` and the Luhn digit over 80840 + stem."""
    digits = f"1{stem:08d}"
    total = 24
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


class Corpus:
    """A stream of transaction sets of one kind, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clinic = npi(1)
        self.people = 0
        self.providers = [
            f"1*{self.name()}****XX*{npi(stem)}"
            for stem in self.random.sample(range(10, 90_000_000), PROVIDERS)
        ]

    def day(self, start: date = FIRST_DAY, span: int = 330) -> str:
        return (start + timedelta(days=self.random.randrange(span))).strftime("%Y%m%d")

    def name(self) -> str:
        return f"{self.random.choice(LAST_NAMES)}*{self.random.choice(FIRST_NAMES)}"

    def member(self) -> str:
        self.people += 1
        return f"MBR{self.people:06d}"

    def birth(self) -> str:
        return f"DMG*D8*{self.day(date(1945, 1, 1), 25000)}*{self.random.choice('FM')}"

    def provider(self, role: str) -> str:
        return f"NM1*{role}*{self.random.choice(self.providers)}"

    def diagnoses(self, most: int) -> tuple[str, int]:
        codes = self.random.sample(DIAGNOSES, self.random.randint(1, most))
        marks = ["ABK", *["ABF"] * (len(codes) - 1)]
        pairs = (f"{m}:{c}" for m, c in zip(marks, codes, strict=True))
        return "HI*" + "*".join(pairs), len(codes)

    def address(self) -> tuple[str, str]:
        return f"N3*{self.random.randint(1, 999)} NOT A STREET", "N4*SAMPLETOWN*PA*19087"

    def lines(self, count: int, pointers: int) -> tuple[list[str], int]:
        """Return the service lines of a claim and what they add up to."""
        out, total = [], 0
        for number in range(1, count + 1):
            charge, units = self.random.randrange(40, 900), self.random.randint(1, 4)
            code = self.random.choice(PROCEDURES)
            modifier = ":RT" if self.random.random() < 0.2 else ""
            pointer = ":".join(str(p) for p in range(1, self.random.randint(1, pointers) + 1))
            out += [
                f"LX*{number}",
                f"SV1*HC:{code}{modifier}*{charge}*UN*{units}***{pointer}",
                f"DTP*472*D8*{self.day()}",
                f"REF*6R*{self.people:06d}L{number}",
            ]
            total += charge
        return out, total

    def claim(self, hl: int) -> tuple[list[str], int]:
        """Return a claim with its patient under provider HL 1, and the next free HL number."""
        dependent = self.random.random() < 0.25
        member = self.member()
        relation = "" if dependent else "18"
        out = [f"HL*{hl}*1*22*{int(dependent)}", f"SBR*P*{relation}*******CI"]
        out.append(f"NM1*IL*1*{self.name()}****MI*{member}")
        patient = [*self.address(), self.birth()]
        out += [PAYER] if dependent else [*patient, PAYER]
        hl += 1
        if dependent:
            out += [f"HL*{hl}*{hl - 1}*23*0", "PAT*19", f"NM1*QC*1*{self.name()}", *patient]
            hl += 1
        diagnoses, pointers = self.diagnoses(4)
        lines, total = self.lines(self.random.randint(1, 6), min(pointers, 4))
        place = self.random.choice(PLACES)
        out += [f"CLM*CLAIM-{self.people:06d}*{total}***{place}:B:1*Y*A*Y*Y"]
        out += [diagnoses, self.provider("DN"), self.provider("82"), "PRV*PE*PXC*207Q00000X"]
        return out + lines, hl

    def claim_set(self, number: int) -> list[str]:
        out = [
            f"ST*837*{number:04d}*005010X222A1",
            f"BHT*0019*00*BATCH{number:05d}*20261122*1400*CH",
            "NM1*41*2*EXAMPLE VALLEY CLINIC*****46*CLINIC001",
            "PER*IC*BILLING DESK*TE*5555550101",
            "NM1*40*2*DEMONSTRATION HEALTH PLAN*****46*DEMOPAYER",
            "HL*1**20*1",
            f"NM1*85*2*EXAMPLE VALLEY CLINIC*****XX*{self.clinic}",
            "N3*1 NOWHERE LANE",
            "N4*SAMPLETOWN*PA*190870001",
            "REF*EI*000000012",
        ]
        hl = 2
        for _ in range(CLAIMS_PER_SET):
            segments, hl = self.claim(hl)
            out += segments
        return out

    def request_set(self, number: int) -> list[str]:
        services = self.random.randint(1, 4)
        diagnoses, _ = self.diagnoses(3)
        out = [
            f"ST*278*{number:04d}*005010X217",
            f"BHT*0007*13*REQ{number:06d}*20261122*1400",
            "HL*1**20*1",
            "NM1*X3*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER",
            "HL*2*1*21*1",
            f"NM1*1P*2*EXAMPLE VALLEY CLINIC*****XX*{self.clinic}",
            "PER*IC*INTAKE DESK*TE*5555550101",
            "HL*3*2*22*1",
            f"NM1*IL*1*{self.name()}****MI*{self.member()}",
            self.birth(),
            "HL*4*3*EV*1",
            f"TRN*1*TRC{number:06d}*9CLINIC001",
            f"UM*HS*I*2*{self.random.choice(PLACES)}:B",
            diagnoses,
            self.provider("SJ"),
        ]
        for service in range(1, services + 1):
            charge, units = self.random.randrange(40, 900), self.random.randint(1, 4)
            out += [
                f"HL*{4 + service}*4*SS*0",
                f"TRN*1*SVC{number:06d}{service}*9CLINIC001",
                f"DTP*472*D8*{self.day()}",
                f"SV1*HC:{self.random.choice(PROCEDURES)}*{charge}*UN*{units}",
            ]
        return out


ENVELOPES = {"837P": ("HC", "005010X222A1"), "278": ("HI", "005010X217")}


def generate(kind: str, size_bytes: int, seed: int = 20261122) -> Iterator[bytes]:
    """Yield the chunks of one interchange of at least `size_bytes`."""
    functional_id, version = ENVELOPES[kind]
    corpus = Corpus(seed)
    make = corpus.claim_set if kind == "837P" else corpus.request_set
    header = (
        "ISA*00*          *00*          *ZZ*CLINIC001      *ZZ*DEMOPAYER      "
        "*261122*1400*^*00501*000000001*0*T*:~\n"
        f"GS*{functional_id}*CLINIC001*DEMOPAYER*20261122*1400*1*X*{version}~\n"
    ).encode()
    yield header
    written, number = len(header), 0
    while written < size_bytes or not number:
        number += 1
        segments = make(number)
        segments.append(f"SE*{len(segments) + 1}*{number:04d}")
        chunk = ("~\n".join(segments) + "~\n").encode()
        written += len(chunk)
        yield chunk
    yield f"GE*{number}*1~\nIEA*1*000000001~\n".encode()


def write(kind: str, size_bytes: int, path: Path, seed: int = 20261122) -> None:
    """Write a file of a kind and size."""
    with path.open("wb") as out:
        out.writelines(generate(kind, size_bytes, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(ENVELOPES))
    parser.add_argument("--mb", type=float, default=1, help="megabytes (10**6 bytes)")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    write(given.kind, int(given.mb * 1e6), given.output, given.seed)


if __name__ == "__main__":
    main()
