"""TA1: the answer to an interchange, about its envelope only.

TA101 to TA103 repeat ISA13, ISA09 and ISA10, which is how the sender finds the interchange. TA104
is `A` accepted, `E` accepted with errors noted (do not resend), `R` rejected: nothing in it was
read. A TA1 stands between ISA and the first GS, and is itself never answered.
"""

from datetime import datetime

from x12_pa.acks.levels import JudgedInterchange
from x12_pa.acks.notes import BAD_CONTENT, BAD_STRUCTURE, interchange_note
from x12_pa.clock import Clock
from x12_pa.syntax import DEFAULT_DELIMITERS, Delimiters, Segment, segment


def build_ta1(
    received: JudgedInterchange,
    *,
    clock: Clock,
    unread: int = 0,
    untold: bool = False,
    delimiters: Delimiters = DEFAULT_DELIMITERS,
) -> Segment:
    """Build the TA1 that answers an interchange.

    Args:
        clock: used only where ISA09 or ISA10 are too broken to be repeated.
        unread: how many groups have headers so broken that no 999 can answer them; the TA1 does.
        untold: a group has a header with a fault that no code of a 999 tells.
        delimiters: those of the interchange that the TA1 will stand in.
    """
    isa, now = received.result, clock()
    control = isa.control.strip().zfill(9)
    note = interchange_note(received.findings) or (BAD_CONTENT if unread or untold else None)
    rejected = isa.errors or (unread and unread == len(isa.groups))
    code = "R" if rejected else "E" if note else "A"
    return segment(
        "TA1",
        control if len(control) == 9 and _is_digits(control) else "0" * 9,
        isa.date if _is(isa.date, "%y%m%d") else f"{now:%y%m%d}",
        isa.time if _is(isa.time, "%H%M") else f"{now:%H%M}",
        code,
        note or (BAD_STRUCTURE if code == "R" else "000"),
        delimiters=delimiters,
    )


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _is(value: str, form: str) -> bool:
    """Tell whether a date or time can be repeated: it is one, and of the full width."""
    if not _is_digits(value) or len(value) != len(f"{datetime(2000, 1, 1):{form}}"):
        return False
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True
