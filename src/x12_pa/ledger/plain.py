"""Records to plain JSON values and back, and keyed hashes of member ids.

Any attrs record of `models` and `authorizations` becomes a dictionary of JSON values: dates as ISO
text, decimals as text (so that nothing is rounded), tuples as lists. Lookups by member use an HMAC
with a key of this ledger: an index row then tells nothing without the key.
"""

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import cattrs
from cattrs.preconf.json import make_converter
from sqlalchemy import select

from x12_pa.ledger import schema
from x12_pa.ledger.columns import Canonical, canonical_json
from x12_pa.ledger.database import Tx

T = TypeVar("T")
_KEY = "member_key"


def _converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    return converter


_CONVERTER = _converter()


def to_plain(record: Any) -> dict[str, Any]:
    """Return an attrs record (or a mapping) as a dictionary of JSON values."""
    if isinstance(record, Mapping):
        return dict(record)
    plain: dict[str, Any] = _CONVERTER.unstructure(record)
    return plain


def from_plain(kind: type[T], data: Mapping[str, Any]) -> T:
    """Return the record that `to_plain` made this dictionary from."""
    return _CONVERTER.structure(data, kind)


def digest(*parts: Any) -> str:
    """Return SHA-256 over the canonical JSON of values; of those that are it already, as it is."""
    texts = (part if isinstance(part, Canonical) else canonical_json(part) for part in parts)
    return hashlib.sha256(f"[{','.join(texts)}]".encode("ascii")).hexdigest()


def member_hash(tx: Tx, member_id: str) -> str:
    """Return the keyed hash of a member id; case and outer blanks do not count."""
    return keyed_hash(tx, member_id.strip().upper())


def keyed_hash(tx: Tx, text: str) -> str:
    """Return the hash of a text with the key of this ledger."""
    kept = tx.connection.info  # lives as long as the connection, which leads to one ledger
    if _KEY not in kept:
        query = select(schema.meta.c.value).where(schema.meta.c.name == _KEY)
        kept[_KEY] = bytes.fromhex(tx.execute(query).scalar_one())
    return hmac.digest(kept[_KEY], text.encode("utf-8"), "sha256").hex()
