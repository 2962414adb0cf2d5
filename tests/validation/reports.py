"""The specimens of reports: small files with several defects, and how each report of them is made.

`python -m tests.validation.reports` writes the snapshots again; read the diff before you keep it.
"""

import re
from io import BytesIO
from pathlib import Path

from tests.support import NOW
from tests.validation.defects import VALID, recounted
from x12_pa.guides import load_profile
from x12_pa.validation import validate
from x12_pa.validation.excerpt import Excerpts
from x12_pa.validation.findings_csv import render_csv
from x12_pa.validation.html_report import Options, render_html
from x12_pa.validation.text import text_report

SNAPSHOTS = Path(__file__).with_name("snapshots")
PROFILES = {"request": "demo-payer"}

CHANGES = {
    "request": (
        "278-request-subscriber",
        ("UM*HS*I", "UM*HS*Z"),
        ("XX*1000000012", "XX*1000000013"),
        ("19470202", "19471345"),
        ("PER*IC*INTAKE DESK*TE*5555550101~\n", ""),
        ("TESTER*BRAVO", "TESTER *BRAVO"),
        ("HI*ABK:M25561~\n", "HI*ABK:M25561~\nHSD*VS~\nZZZ*HELLO~\n"),
        ("DTP*472*D8*20261205~\n", "DTP*472*RD8*20261205-20261105~\n"),
    ),
    "claims": (
        "837p-three-sets",
        ("NM1*IL*1*TESTER*BRAVO****MI*MBR000101~\n", ""),
        ("***11:B:1*Y", "***11:X:1*Y"),
        ("IEA*1*000000202~", "IEA*1*000000203~"),
    ),
    "clean": ("278-response-mixed",),
}


def specimen(name: str) -> bytes:
    """Return the bytes of a specimen."""
    base, *changes = CHANGES[name]
    text = (VALID / f"{base}.edi").read_text()
    for old, new in changes:
        assert old in text, f"{old!r} is not in {base}"
        text = text.replace(old, new, 1)
    text = recounted(text)
    return (re.sub(r"SE\*\d+\*0002", "SE*9*0002", text) if name == "claims" else text).encode()


def checked(data: bytes, path: str = "specimen.edi", profile: str | None = None, **options):
    """Return the result of validating bytes."""
    found = load_profile(profile) if profile else None
    return validate(data, path=path, profile=found, **options)


def page(data: bytes, *, profile: str | None = None, show_phi: bool = False, **options) -> str:
    """Return the HTML report about bytes."""
    result = checked(data, profile=profile, show_phi=show_phi, **options)
    settings = Options(
        at=NOW,
        profile=load_profile(profile) if profile else None,
        show_phi=show_phi,
        opener=lambda _: BytesIO(data),
    )
    return "".join(render_html([result], settings))


def text(data: bytes, *, profile: str | None = None) -> str:
    """Return the text report about bytes, with lines of the file."""
    result = checked(data, profile=profile)
    found = load_profile(profile) if profile else None
    lines = text_report(result, excerpts=Excerpts(BytesIO(data), result, found))
    return "\n".join(map(str, lines)) + "\n"


def made() -> dict[str, str]:
    """Return every snapshot: file name to text."""
    found = {}
    for name in CHANGES:
        data, profile = specimen(name), PROFILES.get(name)
        found[f"{name}.txt"] = text(data, profile=profile)
        found[f"{name}.csv"] = "".join(render_csv([checked(data, profile=profile)]))
        # The style is left out: it may change without changing what the page says.
        head, _, rest = page(data, profile=profile).partition("<style>")
        found[f"{name}.html"] = head + rest.partition("</style>")[2]
    return found


if __name__ == "__main__":
    for file, content in made().items():
        (SNAPSHOTS / file).write_text(content, encoding="utf-8", newline="")
