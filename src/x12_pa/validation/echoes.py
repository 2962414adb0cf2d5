"""Findings that only repeat another one, taken back when that other one is known.

A file that breaks off inside a segment leaves a segment that lacks its end: that it has no
terminator, and no last elements, says nothing more. A control number of a wrong form stands in the
trailer again, as it should.
"""

from x12_pa.syntax import Block
from x12_pa.validation.report import Reporter
from x12_pa.validation.results import Finding

_NO_TERMINATOR = "X108"
_NEAR = 30


def of_a_cut(reporter: Reporter, block: Block, index: int) -> None:
    """Take back what was said of the segment in which a file breaks off.

    Args:
        block, index: the last segment of the file.
    """
    offset, _ = block.locate(index)
    here = [f for f in reporter.findings[-_NEAR:] if f.offset == offset]
    if any(f.code == _NO_TERMINATOR for f in here):
        for finding in here:
            if finding.code == _NO_TERMINATOR or finding.snip < 3:
                reporter.withdraw(finding)


def of_a_control_number(reporter: Reporter, header: str, trailer: str) -> None:
    """Take back a fault of a trailer's control number that its header has as well.

    Args:
        header, trailer: elements, such as `ST02` and `SE02`, that have the same value.
    """
    late = [f for f in reporter.findings[-_NEAR:] if _is_open(reporter, f, trailer)]
    if late:
        told = {f.code for f in reporter.findings if _is_open(reporter, f, header)}
        for finding in late:
            if finding.code in told:
                reporter.withdraw(finding)


def _is_open(reporter: Reporter, finding: Finding, element: str) -> bool:
    """Tell whether a finding is about an element of the set that is open."""
    here = (finding.group, finding.transaction) == (reporter.group, reporter.transaction)
    return finding.element == element and here
