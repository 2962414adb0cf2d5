"""Bytes to segments and back. Knows no guide and does no IO beyond reading a given stream.

Everything is `str` decoded as latin-1, one character per byte, so that any file can be read,
offsets are byte offsets, and nothing is lost on the way back. Element numbers are 1-based, as the
standard prints them.
"""

from x12_pa.syntax.blocks import Block, Source, read_blocks
from x12_pa.syntax.delimiters import DEFAULT_DELIMITERS, Delimiters, NotX12, detect
from x12_pa.syntax.document import (
    Document,
    Group,
    Interchange,
    TransactionSet,
    find_segments,
    parse,
    read_interchanges,
    read_segments,
    read_transactions,
    render,
    render_segments,
)
from x12_pa.syntax.envelope import Envelope, GroupContent, build_interchange, missing_part
from x12_pa.syntax.segment import Segment, composite, segment
from x12_pa.syntax.streams import stream_transactions

__all__ = [
    "DEFAULT_DELIMITERS",
    "Block",
    "Delimiters",
    "Document",
    "Envelope",
    "Group",
    "GroupContent",
    "Interchange",
    "NotX12",
    "Segment",
    "Source",
    "TransactionSet",
    "build_interchange",
    "composite",
    "detect",
    "find_segments",
    "missing_part",
    "parse",
    "read_blocks",
    "read_interchanges",
    "read_segments",
    "read_transactions",
    "render",
    "render_segments",
    "segment",
    "stream_transactions",
]
