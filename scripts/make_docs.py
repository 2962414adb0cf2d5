#!/usr/bin/env python3
"""Write the generated parts of docs/architecture.md from the code they describe.

A generated part stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. `--check` changes
nothing and fails when a part is not what the code says; a test does the same.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from x12_pa.authorizations import states
from x12_pa.exchange import failpoints

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"


def life_cycle_picture() -> str:
    return f"```mermaid\n{states.as_mermaid()}```\n"


def named_failpoints() -> str:
    def row(title: str, names: tuple[str, ...]) -> str:
        return f"- {title}: {', '.join(f'`{name}`' for name in names)}\n"

    return row("upload", failpoints.UPLOAD) + row("download", failpoints.DOWNLOAD)


PARTS: dict[str, Callable[[], str]] = {
    "life cycle picture": life_cycle_picture,
    "life cycle table": states.as_markdown,
    "failpoints": named_failpoints,
}


def render(text: str) -> str:
    """Return the document with every generated part written anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{DOCUMENT.name}: the part '{name}' is missing")
        content = f"{begin}\n{make()}\n{end}"
        text = pattern.sub(lambda _, content=content: content, text)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    given = parser.parse_args()
    text = DOCUMENT.read_text(encoding="utf-8")
    if given.check:
        sys.exit(render(text) != text and f"{DOCUMENT.name} is stale: run scripts/make_docs.py")
    DOCUMENT.write_text(render(text), encoding="utf-8")


if __name__ == "__main__":
    main()
