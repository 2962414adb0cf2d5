"""TA1: the answer to an interchange, about its envelope only.

TA101 to TA103 repeat ISA13, ISA09 and ISA10, which is how the sender finds the interchange. TA104
is `A` accepted, `E` accepted with errors noted (do not resend), `R` rejected: nothing in it was
read. A TA1 stands between ISA and the first GS, and is itself never answered.
"""

from x12_pa.acks.levels import JudgedInterchange
from x12_pa.acks.notes import BAD_CONTENT, BAD_STRUCTURE, interchange_note
from x12_pa.clock import Clock
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, segment


def build_ta1(
    received: JudgedInterchange,
    *,
    clock: Clock,
    unread: int = 0,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> Segment:
    """Build the TA1 that answers an interchange.

    Args:
        clock: used only where ISA09 or ISA10 are too broken to be repeated.
        unread: how many groups have headers so broken that no 999 can answer them; the TA1 does.
        delimiters: those of the interchange that the TA1 will stand in.
    """
    isa, now = received.result, clock()
    note = interchange_note(received.findings) or (BAD_CONTENT if unread else None)
    rejected = isa.errors or (unread and unread == len(isa.groups))
    code = "R" if rejected else "E" if note else "A"
    return segment(
        "TA1",
        _digits(isa.control.strip().zfill(9), 9, "0" * 9),
        _digits(isa.date, 6, f"{now:%y%m%d}"),
        _digits(isa.time, 4, f"{now:%H%M}"),
        code,
        note or (BAD_STRUCTURE if code == "R" else "000"),
        delimiters=delimiters,
    )


def _digits(value: str, width: int, otherwise: str) -> str:
    return value if len(value) == width and value.isascii() and value.isdigit() else otherwise
