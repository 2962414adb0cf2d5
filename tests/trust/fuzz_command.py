"""The command behind `scripts/fuzz`."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.trust.fuzzing import Report, check, check_answer, one_input, run

GROWTH_KIB = 32 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz")
    parser.add_argument("--count", type=int, default=20_000, help="inputs")
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, help="run one input of this seed again")
    options = parser.parse_args()
    if options.number is not None:
        result = check(one_input(options.seed, options.number))
        if result is not None:
            check_answer(result)
        print("nothing wrong with this input")
        return 0
    begun = time.monotonic()
    report = run(options.seed, options.count, seconds=options.seconds)
    return _say(report, time.monotonic() - begun)


def _say(report: Report, took: float) -> int:
    rate = report.inputs / took if took else 0
    print(
        f"seed {report.seed}: {report.inputs:,} inputs in {took:,.0f} s ({rate:,.0f}/s), "
        f"{report.refused:,} refused as not X12, {report.findings:,} findings of "
        f"{len(report.kinds)} codes, slowest {report.slowest * 1000:,.0f} ms, "
        f"grown by {report.grown_kib:,} KiB"
    )
    grown = report.grown_kib > GROWTH_KIB
    if grown:
        print(f"memory grew by more than {GROWTH_KIB:,} KiB")
    if report.failures:
        folder = Path(tempfile.mkdtemp(prefix="x12-pa-fuzz-"))
        for failure in report.failures[:50]:
            (folder / f"{report.seed}-{failure.number}.edi").write_bytes(failure.data)
            print(f"--- seed {report.seed} number {failure.number}\n{failure.what}")
        print(f"{len(report.failures)} failures; inputs in {folder}")
    return 1 if grown or report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
