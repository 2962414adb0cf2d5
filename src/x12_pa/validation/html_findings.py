"""The findings of an HTML report: one card each, under the transaction set that they belong to."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from attrs import frozen

from x12_pa.guides.tightening import expected_answer
from x12_pa.validation.excerpt import Excerpts
from x12_pa.validation.html_page import badge, esc
from x12_pa.validation.html_segments import Numbered
from x12_pa.validation.pages import explain
from x12_pa.validation.results import Finding, TransactionResult
from x12_pa.validation.spans import window
from x12_pa.validation.text import (
    MISSING,
    Headings,
    location,
    rule_maker,
    set_key,
    shortened,
    shown_segment,
)

Sets = Mapping[tuple[str, str, str], TransactionResult]
_WIDTH = 400


def finding_groups(
    numbered: Sequence[Numbered],
    names: Headings,
    excerpts: Excerpts | None,
    *,
    prefix: str,
) -> Iterator[str]:
    """Yield the cards of a file in document order, with a heading for each business unit."""
    cards, heading = _Cards(names.sets, excerpts, prefix), ""
    for each in numbered:
        title = names.of(each.finding)
        if title != heading:
            heading = title
            yield f"<h4>{esc(title[0].upper() + title[1:])}</h4>\n"
        yield cards.card(each)


@frozen
class _Cards:
    sets: Sets
    excerpts: Excerpts | None
    prefix: str

    def card(self, each: Numbered) -> str:
        finding = each.finding
        number = each.anchor
        return (
            f'<article class="finding {finding.severity}" id="{number}">'
            f"<h5>{badge(finding.severity, finding.severity)} <code>{finding.code}</code> "
            f"<span>{esc(title_of(finding.code))}</span></h5>\n"
            f'<p class="message">{esc(shortened(finding.message))}</p>\n'
            f"{self._excerpt(finding)}{self._facts(finding)}</article>\n"
        )

    def _excerpt(self, finding: Finding) -> str:
        around = self.excerpts.around(finding) if self.excerpts else None
        kind = finding.severity
        if finding.code in MISSING:
            if around is None or not around.before:
                return ""
            shown, _ = window(around.before, None, _WIDTH)
            loop = (finding.loop or "").rpartition("/")[2]
            name = f"{finding.segment} ({loop})" if loop else finding.segment
            return (
                f'<pre class="excerpt"><span class="line">{around.line_before:>5}  </span>'
                f'{esc(shown)}\n<span class="line">       </span>'
                f'<mark class="lack {kind}">{esc(name)} is missing here</mark></pre>\n'
            )
        text, span = shown_segment(finding, around)
        if not text:
            return ""
        shown, at = window(text, span, _WIDTH)
        line = f'<span class="line">{finding.line:>5}  </span>'
        if at is not None:
            body = _marked(shown, at, kind)
        else:
            lack = f' <mark class="lack {kind}">missing</mark>' if finding.element else ""
            body = esc(shown) + lack
        return f'<pre class="excerpt">{line}{body}</pre>\n'

    def _facts(self, finding: Finding) -> str:
        found = self.sets.get(set_key(finding))
        codes = finding.ack
        ack = "" if codes is None else f"IK304 {codes.ik304}"
        if codes is not None and codes.ik403:
            ack += f", IK403 {codes.ik403}"
        number = f", segment {finding.segment_number}" if finding.segment_number else ""
        where = location(finding).replace("/", " › ")
        line = f'<a href="#{self.prefix}s{finding.offset}">{finding.line:,}</a>'
        facts = (
            ("Where", f"<code>{esc(where)}</code>" if where else ""),
            ("Line", (line if self.excerpts else str(finding.line)) + number),
            ("Rule", esc(_rule(finding, found))),
            ("Answer", esc(expected_answer(finding.rule.expect) if finding.rule else "")),
            ("SNIP type", str(finding.snip)),
            ("999", esc(ack)),
        )
        rows = "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in facts if v)
        return f'<dl class="facts">{rows}</dl>\n'


def _rule(finding: Finding, found: TransactionResult | None) -> str:
    """Return who makes the rule, which one it is, and where it is written."""
    rule = finding.rule
    named = (f"rule {rule.id}", rule.source) if rule else ()
    return ", ".join(filter(None, (rule_maker(finding, found), *named)))


def _marked(text: str, at: tuple[int, int], kind: str) -> str:
    start, end = at
    inner = esc(text[start:end])
    bad = f'<mark class="{kind}">{inner}</mark>' if inner else _nothing(kind)
    return esc(text[:start]) + bad + esc(text[end:])


def _nothing(kind: str) -> str:
    return f'<mark class="lack {kind}">missing</mark>'


@cache
def title_of(code: str) -> str:
    """Return the heading of the page of a code: `Value not among those allowed`."""
    return explain(code).partition("\n")[0].partition(": ")[2]
