"""Every step of a machine can be killed: a new step without a failpoint fails here."""

import ast
import re
from pathlib import Path

import x12_pa.exchange
from x12_pa.exchange import failpoints

SOURCES = sorted(Path(x12_pa.exchange.__file__).parent.glob("*.py"))


def _calls(node: ast.AST) -> set[str]:
    return {
        str(call.args[0].value)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "reached"
        and isinstance(call.args[0], ast.Constant)
    }


def test_declared_and_reached_failpoints_are_the_same():
    reached = set().union(*(_calls(ast.parse(path.read_text())) for path in SOURCES))
    assert reached == set(failpoints.UPLOAD + failpoints.DOWNLOAD)


def test_every_step_has_a_failpoint_of_its_own_number():
    steps = [
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and re.match(r"_?[ud]\d_", node.name)
    ]
    bare = [s.name for s in steps if not any(c[:2] == s.name.strip("_")[:2] for c in _calls(s))]
    assert steps
    assert bare == []
