"""Prior authorization on EDI X12: 278, 270/271, 837, acknowledgements and their exchange.

The names below are the public Python interface. Each is fetched from its home when it is first
asked for, so `import x12_pa` costs next to nothing and a program that only validates never loads
the code that builds or reconciles. What is not named here may change between versions.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from x12_pa.acks import answer, read_acknowledgements
    from x12_pa.authorizations.records import Authorization
    from x12_pa.errors import X12PAError
    from x12_pa.guides import find_guide, load_guide, load_profile, read_tree, write_tree
    from x12_pa.models import (
        InputProblem,
        ReviewRequest,
        ReviewResponse,
        build_request,
        build_response,
        from_csv,
        from_json,
        json_schema,
        parse_review,
        to_json,
    )
    from x12_pa.reconcile import check_claims, fill_claims
    from x12_pa.syntax import (
        Segment,
        parse,
        read_interchanges,
        read_segments,
        read_transactions,
        render,
        segment,
    )
    from x12_pa.validation import FileResult, Finding, validate

_HOMES = {
    "x12_pa.acks": ("answer", "read_acknowledgements"),
    "x12_pa.authorizations.records": ("Authorization",),
    "x12_pa.errors": ("X12PAError",),
    "x12_pa.guides": ("find_guide", "load_guide", "load_profile", "read_tree", "write_tree"),
    "x12_pa.models": (
        "InputProblem",
        "ReviewRequest",
        "ReviewResponse",
        "build_request",
        "build_response",
        "from_csv",
        "from_json",
        "json_schema",
        "parse_review",
        "to_json",
    ),
    "x12_pa.reconcile": ("check_claims", "fill_claims"),
    "x12_pa.syntax": (
        "Segment",
        "parse",
        "read_interchanges",
        "read_segments",
        "read_transactions",
        "render",
        "segment",
    ),
    "x12_pa.validation": ("FileResult", "Finding", "validate"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Authorization",
    "FileResult",
    "Finding",
    "InputProblem",
    "ReviewRequest",
    "ReviewResponse",
    "Segment",
    "X12PAError",
    "__version__",
    "answer",
    "build_request",
    "build_response",
    "check_claims",
    "fill_claims",
    "find_guide",
    "from_csv",
    "from_json",
    "json_schema",
    "load_guide",
    "load_profile",
    "parse",
    "parse_review",
    "read_acknowledgements",
    "read_interchanges",
    "read_segments",
    "read_transactions",
    "read_tree",
    "render",
    "segment",
    "to_json",
    "validate",
    "write_tree",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'x12_pa' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
