"""Fuzzing guided by coverage, behind `scripts/fuzz --coverage`: libFuzzer through atheris.

Our code is instrumented while it is imported, so that an input that reaches a new line is kept and
changed further. Half of the changes are those of `fuzzing` (segments, elements, separators), which
libFuzzer would need long to find; the other half are its own, with the words that our code compares
with. It stops at the first input that breaks a promise, hangs or needs too much memory.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random

MEGABYTES = 600
_LONGEST = 20_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz --coverage")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the corpus here, and go on with it")
    options = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print("--coverage needs atheris: .venv/bin/pip install atheris", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["x12_pa"]):
        from tests.trust import fuzzing
    bases = fuzzing.corpus()

    def changed(data: bytes, most: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < 0.5:
            return fuzzing.change(rng, data, bases)[:most]
        return bytes(atheris.Mutate(data, most))

    folder = options.folder or Path(tempfile.mkdtemp(prefix="x12-pa-corpus-"))
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(bases):
        (folder / f"base-{number}").write_bytes(data)
    print(f"corpus, and inputs that break a promise (crash-, timeout-, oom-), in {folder}")
    limits = {
        "max_total_time": options.seconds,
        "timeout": int(fuzzing.INPUT_SECONDS),
        "rss_limit_mb": MEGABYTES,
        "max_len": _LONGEST,
        "seed": options.seed,
        "artifact_prefix": f"{folder}/",
        "print_final_stats": 1,
    }
    flags = [f"-{name}={value}" for name, value in limits.items()]
    atheris.Setup(["fuzz", *flags, str(folder)], fuzzing.check, custom_mutator=changed)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
