"""Does a file end where its envelopes say it ends?

EDI says itself when it is whole: every ISA has an IEA that repeats its control number and counts
its groups. That catches a file which a partner is still writing even when its size stood still for
a while. A file that is not X12 (a text report, an error page) says nothing about itself and counts
as whole; whoever reads it decides what it is.
"""

from typing import BinaryIO, cast

from x12_pa.exchange.transport import RemoteReader
from x12_pa.syntax import NotX12, read_blocks


def lacking(stream: RemoteReader) -> str | None:
    """Read a stream to its end and say what it lacks to be whole, or None.

    Control numbers are not in the text that is returned.
    """
    try:
        return _scan(stream)
    except NotX12:
        while stream.read(1 << 18):
            pass
        return None


def _scan(stream: RemoteReader) -> str | None:
    control: str | None = None
    groups = 0
    complaint: str | None = None
    for block in read_blocks(cast(BinaryIO, stream)):
        if block.delimiters is None:
            continue
        for text in block.texts:
            kind = text[:3]
            if kind == "ISA":
                complaint = complaint or (control and "an interchange has no IEA")
                control, groups = _element(text, block.delimiters.element, 13), 0
            elif kind[:2] == "GS" and kind[2:] == block.delimiters.element:
                groups += 1
            elif kind == "IEA" and control is not None:
                complaint = complaint or _trailer(text, block.delimiters.element, control, groups)
                control = None
    return complaint or (control and "the last interchange has no IEA")


def _trailer(text: str, separator: str, control: str, groups: int) -> str | None:
    announced = _element(text, separator, 1)
    if _element(text, separator, 2) != control:
        return "IEA02 does not repeat ISA13"
    if announced.isdecimal() and groups and int(announced) > groups:
        return "IEA01 announces more groups than there are"
    return None


def _element(text: str, separator: str, number: int) -> str:
    parts = text.split(separator, number + 1)
    return parts[number].strip() if len(parts) > number else ""
