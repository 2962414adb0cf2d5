"""What one fresh process of `scripts/bench` does: one program reads one file, and says how long.

    bench_children.py PROGRAM FILE [SMALL]

With SMALL, a file of the same kind with one transaction set, the program reads that twice first.
What remains when the time of the second reading is taken off is the steady rate: Python, imports,
guides and their compilation are paid for by then, whoever pays for them once or with each call.

Prints one line of JSON: seconds of the call, `steady` (the same less the time of SMALL, or null),
the verdict, the number of errors if the program counts them, and the peak memory of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

OURS, PYX12, X12SDK = "x12-pa", "pyx12", "x12sdk"
Verdict = tuple[bool, int]
Reader = Callable[[str], Verdict]


def ours() -> Reader:
    from x12_pa import validate

    def read(path: str) -> Verdict:
        with open(path, "rb") as source:
            result = validate(source, path=path)
        return result.accepted and not result.findings, result.errors

    return read


def pyx12() -> Reader:
    import pyx12.params
    from pyx12.x12n_document import x12n_document

    params = pyx12.params.params()

    def read(path: str) -> Verdict:
        # No report is written, which is its fastest form.
        return bool(x12n_document(params, path, None, None)), 0

    return read


def x12sdk() -> Reader:
    from x12sdk.io import X12ModelReader

    def read(path: str) -> Verdict:
        # It validates while it builds its models, and raises at the first set that is wrong.
        with X12ModelReader(path) as reader:
            for _ in reader.models():
                pass
        return True, 0

    return read


PROGRAMS: dict[str, Callable[[], Reader]] = {OURS: ours, PYX12: pyx12, X12SDK: x12sdk}


def peak_megabytes() -> float:
    """Return the most memory this process has held, in 10**6 bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def timed(read: Reader, path: str) -> tuple[float, Verdict]:
    begin = time.perf_counter()
    verdict = read(path)
    return time.perf_counter() - begin, verdict


def main() -> None:
    program, path, *small = sys.argv[1:]
    read = PROGRAMS[program]()
    once = 0.0
    for other in small * 2:
        once, _ = timed(read, other)
    seconds, (accepted, errors) = timed(read, path)
    said = {"seconds": seconds, "steady": seconds - once if small else None}
    print(json.dumps(said | {"accepted": accepted, "errors": errors, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main()
