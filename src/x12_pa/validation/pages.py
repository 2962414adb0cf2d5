"""The page of each finding code: what `x12-pa explain` prints.

One Markdown file for each code under `pages/`, read only when somebody asks.
"""

from functools import cache
from pathlib import Path

from x12_pa.errors import UsageError
from x12_pa.validation.catalogue import CODES

_FOLDER = Path(__file__).with_name("pages")


def page_codes() -> list[str]:
    """Return the codes that have a page, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.md"))


@cache
def explain(code: str) -> str:
    """Return the page of a finding code as Markdown; small letters and blanks do not matter.

    Raises:
        UsageError: there is no such code.
    """
    wanted = code.strip().upper()
    if wanted not in CODES:
        near = [each for each in CODES if each[:2] == wanted[:2]] or list(CODES)
        raise UsageError(
            f"There is no finding code '{code.strip()}'. Codes near it: {', '.join(near)}."
        )
    return (_FOLDER / f"{wanted}.md").read_text(encoding="utf-8")
