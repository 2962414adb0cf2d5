"""Other validators on the same bytes: pyx12 4.0.0 and x12sdk 2.2.0.

Their maps are read once for all files here, which neither does by itself: it changes no verdict,
only the time.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from io import StringIO

from attrs import frozen
from pyx12 import map_if, map_index, x12n_document
from pyx12.errors import EngineError
from pyx12.params import ParamsBase

_SHORT = 160


@frozen
class Verdict:
    """What a peer says of a file: accepted or not, and why, in its own words."""

    accepted: bool
    reasons: tuple[str, ...] = ()


@cache
def _param() -> ParamsBase:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL + 1)
    return ParamsBase()


@cache
def _map(name: str, folder: str | None) -> object:
    return _original_load(name, _param(), folder)


_original_load = map_if.load_map_file
_original_index = map_index.map_index


@cache
def _index(folder: str | None) -> object:
    return _original_index(folder)


def pyx12_verdict(data: bytes, folder: str | None = None) -> Verdict:
    """Return what pyx12 says of a file, with its own maps or those of a folder."""
    said = StringIO()
    try:
        map_if.load_map_file = lambda name, param, path=None: _map(name, path)
        map_index.map_index = lambda path=None: _index(path)
        accepted = x12n_document.x12n_document(
            _param(), StringIO(data.decode("latin-1")), None, None, fd_json=said, map_path=folder
        )
    except EngineError as problem:
        return Verdict(False, (f"EngineError {problem}"[:_SHORT],))
    except Exception as problem:
        return Verdict(False, (f"CRASH {type(problem).__name__} {problem}"[:_SHORT],))
    finally:
        map_if.load_map_file, map_index.map_index = _original_load, _original_index
    reasons = tuple(_reasons(said.getvalue()))
    return Verdict(accepted, reasons or (() if accepted else ("no reason given",)))


def _reasons(text: str) -> Iterator[str]:
    """Yield the errors of pyx12's JSON in document order."""
    for found in re.finditer(r'"err_cde": "([^"]*)",\s*"err_str": "((?:[^"\\]|\\.)*)"', text):
        yield f"{found[1]} {found[2]}"[:_SHORT]


def x12sdk_verdict(data: bytes) -> Verdict:
    """Return whether x12sdk can read every set of a file into its models."""
    from pydantic import ValidationError
    from x12sdk.io import X12ModelReader

    try:
        with X12ModelReader(data.decode("latin-1")) as reader:
            for _ in reader.models():
                pass
    except ValidationError as problem:
        places = [".".join(map(str, e["loc"][-3:])) + " " + e["msg"] for e in problem.errors()]
        return Verdict(False, tuple(text[:_SHORT] for text in places))
    except Exception as problem:
        return Verdict(False, (f"CRASH {type(problem).__name__} {problem}"[:_SHORT],))
    return Verdict(True)
