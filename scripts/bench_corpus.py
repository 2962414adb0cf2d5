#!/usr/bin/env python3
"""Write claims, requests and eligibility files of any size, the same bytes for the same seed.

    bench_corpus.py 837P --mb 10 -o claims.edi
    bench_corpus.py 271 --mb 10 -o answers.edi
    bench_corpus.py 837P --mb 500 --one-set -o giant.edi
    bench_corpus.py 837P --mb 10 --claims 1 --faulty 10 -o every-tenth-set-has-a-defect.edi

Claims come in sets of a hundred, with subscribers and dependents, one to six lines, diagnoses,
referring and rendering providers out of a directory of two thousand, totals that balance and NPIs
with a valid check digit. Requests (278) and inquiries (270) come one to a set, as they do in
practice, and a 271 answers one person with five to twenty benefits. Everything is invented.

A file is written piece by piece: its size costs no memory.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from math import inf
from pathlib import Path

CLAIMS_PER_SET = 100
PROVIDERS = 2000
FIRST_DAY = date(2026, 1, 5)
LAST_NAMES = ("TESTER", "DEMOVICH", "SAMPLE", "EXAMPLE", "MOCKTON", "FAKELY")
FIRST_NAMES = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL")
DIAGNOSES = ("M25561", "M25569", "M545", "E119", "I10", "J449", "K8000", "S8290XA", "Z1231")
PROCEDURES = ("73721", "99213", "97110", "70553", "47562", "93306", "71260", "45378")
PLACES = ("11", "22", "19", "24")
SERVICE_TYPES = ("30", "1", "33", "35", "47", "48", "50", "86", "88", "98", "AL", "MH", "UC")
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

    def claim_head(self, number: int) -> list[str]:
        """Return a claim set up to its billing provider, who has HL 1."""
        return [
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

    def claim_set(self, number: int, claims: int = CLAIMS_PER_SET) -> list[str]:
        out, hl = self.claim_head(number), 2
        for _ in range(claims):
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

    def _parties(self, purpose: str, number: int) -> list[str]:
        return [
            f"BHT*0022*{purpose}*ELG{number:06d}*20261122*1400",
            "HL*1**20*1",
            "NM1*PR*2*DEMONSTRATION HEALTH PLAN*****PI*DEMOPAYER",
            "HL*2*1*21*1",
            f"NM1*1P*2*EXAMPLE VALLEY CLINIC*****XX*{self.clinic}",
            "HL*3*2*22*0",
        ]

    def inquiry_set(self, number: int) -> list[str]:
        """Return a 270 about one subscriber, with one to three service types."""
        types = self.random.sample(SERVICE_TYPES, self.random.randint(1, 3))
        return [
            f"ST*270*{number:04d}*005010X279A1",
            *self._parties("13", number),
            f"TRN*1*TRC{number:06d}*9CLINIC001",
            f"NM1*IL*1*{self.name()}****MI*{self.member()}",
            self.birth(),
            f"DTP*291*D8*{self.day()}",
            *(f"EQ*{service}" for service in types),
        ]

    def answer_set(self, number: int) -> list[str]:
        """Return a 271 about one subscriber: active coverage, then shares and limits."""
        out = [
            f"ST*271*{number:04d}*005010X279A1",
            *self._parties("11", number),
            f"TRN*2*TRC{number:06d}*9CLINIC001",
            f"NM1*IL*1*{self.name()}****MI*{self.member()}",
            *self.address(),
            self.birth(),
            f"DTP*346*D8*{self.day()}",
            "EB*1*IND*30*HM*DEMONSTRATION PLAN",
        ]
        for _ in range(self.random.randint(4, 19)):
            service, amount = self.random.choice(SERVICE_TYPES), self.random.randrange(5, 5000)
            network = self.random.choice("YNW")
            out.append(
                self.random.choice(
                    (
                        f"EB*B*IND*{service}***27*{amount}****N*{network}",
                        f"EB*C*FAM*{service}***23*{amount}****N*{network}",
                        f"EB*A*IND*{service}***27**.{amount % 90 + 10}***Y*{network}",
                        f"EB*G*IND*{service}***29*{amount}*****{network}",
                    )
                )
            )
            if self.random.random() < 0.2:
                out.append(f"MSG*NOTE {amount} OF AN INVENTED PLAN")
        return out


@dataclass(frozen=True)
class Shape:
    """What a file is like, besides its kind.

    Attributes:
        claims: claims in a set of an 837P.
        one_set: the whole file is one set of claims.
        sets: this many sets, whatever their size.
        interchange_bytes: a new interchange begins after so many bytes.
        faulty: each set with a number that this divides has one defect; 0 is none.
    """

    claims: int = CLAIMS_PER_SET
    one_set: bool = False
    sets: int | None = None
    interchange_bytes: float = inf
    faulty: int = 0


PLAIN = Shape()
ENVELOPES = {
    "837P": ("HC", "005010X222A1"),
    "278": ("HI", "005010X217"),
    "270": ("HS", "005010X279A1"),
    "271": ("HB", "005010X279A1"),
}


def spoil(segments: list[str], turn: int) -> None:
    """Put one defect into a set of claims: a code, a date, a check digit or a sum."""
    start, old, new = (
        ("SBR*", "*CI", "*QQ"),
        ("DMG*", "DMG*D8*", "DMG*D8*3"),
        ("NM1*82*", "", ""),
        ("CLM*", "***", "1***"),
    )[turn % 4]
    at = next(n for n, text in enumerate(segments) if text.startswith(start))
    text = segments[at]
    segments[at] = text.replace(old, new, 1) if old else text[:-1] + str((int(text[-1]) + 1) % 10)


def generate(
    kind: str, size_bytes: int, seed: int = 20261122, shape: Shape = PLAIN
) -> Iterator[bytes]:
    """Yield the chunks of a file of about `size_bytes`."""
    corpus, written, number = Corpus(seed), 0, 0
    if shape.one_set:
        yield _header(kind, 1)
        yield from _giant(corpus, size_bytes)
        yield _trailer(1, 1)
        return
    for interchange in count(1):
        header, first, start = _header(kind, interchange), number, written
        yield header
        written += len(header)
        while True:
            number += 1
            chunk = _set(corpus, kind, number, shape)
            written += len(chunk)
            yield chunk
            over = number >= shape.sets if shape.sets else written >= size_bytes
            if over or written - start >= shape.interchange_bytes:
                break
        yield _trailer(number - first, interchange)
        if over:
            return


def _header(kind: str, control: int) -> bytes:
    functional_id, version = ENVELOPES[kind]
    return (
        "ISA*00*          *00*          *ZZ*CLINIC001      *ZZ*DEMOPAYER      "
        f"*261122*1400*^*00501*{control:09d}*0*T*:~\n"
        f"GS*{functional_id}*CLINIC001*DEMOPAYER*20261122*1400*{control}*X*{version}~\n"
    ).encode()


def _trailer(sets: int, control: int) -> bytes:
    return f"GE*{sets}*{control}~\nIEA*1*{control:09d}~\n".encode()


def _set(corpus: Corpus, kind: str, number: int, shape: Shape) -> bytes:
    if kind == "837P":
        segments = corpus.claim_set(number, shape.claims)
    else:
        make = {
            "278": corpus.request_set,
            "270": corpus.inquiry_set,
            "271": corpus.answer_set,
        }
        segments = make[kind](number)
    if shape.faulty and number % shape.faulty == 0:
        spoil(segments, number // shape.faulty)
    return _text([*segments, f"SE*{len(segments) + 1}*{number:04d}"])


def _giant(corpus: Corpus, size_bytes: int) -> Iterator[bytes]:
    """Yield one set of claims that goes on until the file has its size."""
    segments, hl, written, counted = corpus.claim_head(1), 2, 0, 0
    while written < size_bytes:
        chunk = _text(segments)
        written, counted = written + len(chunk), counted + len(segments)
        yield chunk
        segments, hl = corpus.claim(hl)
    yield _text([f"SE*{counted + 1}*0001"])


def _text(segments: list[str]) -> bytes:
    return ("~\n".join(segments) + "~\n").encode()


def write(
    kind: str, size_bytes: int, path: Path, seed: int = 20261122, shape: Shape = PLAIN
) -> None:
    """Write a file of a kind, size and shape."""
    with path.open("wb") as out:
        out.writelines(generate(kind, size_bytes, seed, shape))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(ENVELOPES))
    parser.add_argument("--mb", type=float, default=1, help="megabytes (10**6 bytes)")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--claims", type=int, default=CLAIMS_PER_SET, help="claims in a set")
    parser.add_argument("--one-set", action="store_true", help="all claims in one set")
    parser.add_argument("--faulty", type=int, default=0, help="a defect in each N-th set")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    shape = Shape(given.claims, given.one_set, faulty=given.faulty)
    write(given.kind, int(given.mb * 1e6), given.output, given.seed, shape)


if __name__ == "__main__":
    main()
