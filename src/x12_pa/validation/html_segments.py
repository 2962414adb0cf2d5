"""The annotated interchange as an HTML table: loops as headings, bad elements marked.

Every element carries its name and the meaning of its code as a tooltip. Findings stand below the
segment that they are about, a missing segment above the one before which it is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from x12_pa.validation.annotate import Annotated, Gap, Piece
from x12_pa.validation.html_page import esc, table
from x12_pa.validation.results import Finding
from x12_pa.validation.text import MISSING, reference, shortened

_HEADERS = (("line", "Line"), ("", "Segment"), ("name", "What it is"))
_DEEPEST = 6
SEVERITIES = ("error", "warning", "info")


@frozen
class Numbered:
    """A finding with the id of its place on the page."""

    anchor: str
    finding: Finding


def segment_table(
    items: Iterable[Annotated | Gap],
    findings: Mapping[int, Sequence[Numbered]],
    *,
    prefix: str = "",
) -> Iterator[str]:
    """Yield the table of a file.

    Args:
        findings: by byte offset of the segment that they are located at.
        prefix: of the anchors of segments: `a1-s120` is the segment at byte 120.
    """
    yield from table(
        _HEADERS,
        (row for item in items for row in _rows(item, findings, prefix)),
        caption="Segments of the file",
        kind="segments",
    )


def _rows(
    item: Annotated | Gap, findings: Mapping[int, Sequence[Numbered]], prefix: str
) -> Iterator[str]:
    if isinstance(item, Gap):
        yield _gap(item)
        return
    here = findings.get(item.offset, ())
    for each in here:
        if each.finding.code in MISSING:
            yield _note(each, _depth((each.finding.loop or "").count("/") + 1), "▸ ")
    depth = _depth(len(item.loop))
    if item.opens:
        loop = item.loop[-1]
        yield (
            f'<tr class="loop"><td></td><th colspan="2" scope="rowgroup"><div class="{depth}">'
            f'{esc(loop.id)} <span class="soft">{esc(loop.name)}</span></div></th></tr>\n'
        )
    own = [each for each in here if each.finding.code not in MISSING]
    own.sort(key=lambda each: SEVERITIES.index(each.finding.severity))
    kinds = f"bad {own[0].finding.severity}" if own else ""
    anchor = f' id="{prefix}s{item.offset}"' if here else ""
    name = esc(item.name) if item.placed else "<b>no place for it in the guide</b>"
    yield (
        f'<tr class="{kinds}"{anchor}><td class="line">{item.line}</td>'
        f'<td class="text"><div class="{depth}">{_text(item, own)}</div></td>'
        f'<td class="name">{name}</td></tr>\n'
    )
    for each in own:
        yield _note(each, depth, "▴ ")


def _depth(count: int) -> str:
    return f"d{min(count, _DEEPEST)}"


def _gap(item: Gap) -> str:
    many = f"{item.segments:,} segment" + ("" if item.segments == 1 else "s")
    if item.last:
        text = (
            "The rest of the file is not shown here: it has no findings, or more than this page "
            "shows. The findings above are complete."
        )
    else:
        text = f"{many} without findings left out"
    return f'<tr class="gap"><td colspan="3">{text}</td></tr>\n'


def _note(each: Numbered, depth: str, sign: str) -> str:
    finding = each.finding
    message = shortened(finding.message)
    where = f"{finding.segment} is missing here." if finding.code in MISSING else ""
    if not where and not message.startswith(finding.element or finding.segment or ""):
        where = f"{reference(finding) or finding.segment}:"
    named = f"<b>{esc(where)}</b> " if where else ""
    return (
        f'<tr class="note {finding.severity}"><td></td><td colspan="2"><div class="{depth}">'
        f'<span aria-hidden="true">{sign}</span><a href="#{each.anchor}">{finding.code}</a> '
        f"{named}{esc(message)}</div></td></tr>\n"
    )


def _text(item: Annotated, own: Sequence[Numbered]) -> str:
    """Return the segment with the elements of its findings marked."""
    done: set[str] = set()
    parts = [_piece(item, piece, own, done) for piece in item.pieces]
    for each in own:
        name = reference(each.finding)
        if name and each.anchor not in done and _is_lacking(each.finding, item):
            parts.append(f' <mark class="lack {each.finding.severity}">{esc(name)} missing</mark>')
    terminator = item.marks.segment if item.marks else ""
    return "".join(parts) + f'<span class="mark-sep">{esc(terminator.strip())}</span>'


def _is_lacking(finding: Finding, item: Annotated) -> bool:
    """Tell whether a finding is about an element that its segment does not reach."""
    return finding.segment == item.id and bool(finding.element) and bool(item.pieces)


def _piece(item: Annotated, piece: Piece, own: Sequence[Numbered], done: set[str]) -> str:
    if piece.start == 0:
        return f"<b>{esc(piece.text)}</b>"
    if not piece.ref:
        return f'<span class="mark-sep">{esc(piece.text)}</span>'
    hits = [each for each in own if _is_about(each.finding, piece)]
    done.update(each.anchor for each in hits)
    text, title = piece.text, f"{piece.ref} {piece.title}".strip()
    shown = next((h.finding.value for h in hits if h.finding.value is not None), None)
    if shown is not None and len(shown) == piece.end - piece.start:
        text = shown
    if hits:
        kind = hits[0].finding.severity
        if not text:
            return f'<mark class="lack {kind}" title="{esc(title)}">missing</mark>'
        return f'<mark class="{kind}" title="{esc(title)}">{esc(text)}</mark>'
    return f'<span title="{esc(title)}">{esc(text)}</span>' if text else ""


def _is_about(finding: Finding, piece: Piece) -> bool:
    """Tell whether an element, component or repetition is what a finding is about."""
    if not finding.element or piece.ref.partition("-")[0] != finding.element:
        return False
    if finding.repetition and piece.repetition != finding.repetition:
        return False
    component = piece.ref.partition("-")[2]
    return not finding.component or component in ("", str(finding.component))
