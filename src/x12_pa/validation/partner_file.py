"""The operator `file`: name and size of a file, as far as they are known.

A name is an expression (`^…$`), or a template such as `{ISA06}_{GS02}*` with elements of the
envelope, `*` for anything and `?` for one character. Whether a file is encrypted cannot be seen in
the text that is validated; `pgp` and `result_suffix` are for the exchange.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from x12_pa.guides.checks import Unknown
from x12_pa.guides.expressions import matches, safe_pattern
from x12_pa.guides.profile import Rule
from x12_pa.validation.partner_envelope import EnvelopeView

_MEGABYTE = 1_000_000
_FIELD = re.compile(r"\{([^}]*)\}|[*?]")


def file_faults(asked: Mapping[str, Any], view: EnvelopeView, rule: Rule) -> Iterator[str]:
    """Yield what was expected of the file and is not so.

    Raises:
        Unknown: the name of the file, or what its limit depends on, is not given.
    """
    size = int(view.context("@file.bytes"))
    if size < asked.get("min_bytes", 0):
        yield f"the file must have at least {asked['min_bytes']} bytes"
    if "max_mb" in asked:
        limit = asked["max_mb"]
        if isinstance(limit, Mapping):
            channel = str(view.context("@channel"))
            limit = limit.get(channel)
        if limit is not None and size > limit * _MEGABYTE:
            yield f"the file must not be larger than {limit} MB"
    if "name" in asked:
        wanted, name = str(asked["name"]), str(view.context("@file.name"))
        if not matches(_pattern(wanted, view, rule), name):
            yield f"the file must have a name of the form {wanted}"


def _pattern(wanted: str, view: EnvelopeView, rule: Rule) -> str:
    """Return the expression of a name."""
    if wanted.startswith(("^", "(?i)")):
        return safe_pattern(wanted, f"{rule.where}: rule '{rule.id}'")
    stretches, at = [""], 0
    for found in _FIELD.finditer(wanted):
        stretches[-1] += re.escape(wanted[at : found.start()])
        if found.group() == "*":
            stretches.append("")
        else:
            stretches[-1] += _piece(found.group(1), view)
        at = found.end()
    stretches[-1] += re.escape(wanted[at:])
    first, *between = stretches
    if not between:
        return first
    # The first place where a stretch fits will do, so none is tried again: no name takes long.
    *inner, last = between
    return "".join([first, *(f"(?>.*?{text})" for text in inner if text), f".*{last}"])


def _piece(name: str | None, view: EnvelopeView) -> str:
    if name is None:
        return "."
    if name.startswith(("@", "$")):
        return re.escape(str(view.context(name)))
    found = view.find(name)
    if not found:
        raise Unknown(f"{name} is not in the file")
    return re.escape(found[0][1])
