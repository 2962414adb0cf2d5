"""What importing costs, and that every public name is there."""

import ast
import importlib
import pkgutil
import subprocess
import sys

import pytest

import x12_pa
from tests.support import ROOT

HEAVY = (
    "apscheduler", "asyncssh", "click", "cryptography", "jsonschema", "lxml", "paramiko", "pyx12",
    "rich", "sqlalchemy", "yaml",
)  # fmt: skip
EDGE = ("apscheduler", "asyncssh", "click", "paramiko", "rich", "sqlalchemy")

PACKAGES = ["x12_pa"] + [
    f"x12_pa.{module.name}" for module in pkgutil.iter_modules(x12_pa.__path__) if module.ispkg
]


def loaded_by(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has after running `code`."""
    shown = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{shown}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_no_library():
    assert loaded_by("import x12_pa") & set(HEAVY) == set()


def test_validating_loads_nothing_of_the_network_the_ledger_or_the_command_line():
    assert loaded_by("from x12_pa import validate") & set(EDGE) == set()


def test_the_whole_python_interface_loads_nothing_of_the_rim():
    names = ", ".join(name for name in x12_pa.__all__ if name != "__version__")
    assert loaded_by(f"from x12_pa import {names}") & set(EDGE) == set()


@pytest.mark.parametrize("name", x12_pa.__all__)
def test_a_public_name_is_there_and_listed(name):
    assert getattr(x12_pa, name) is not None
    assert name in dir(x12_pa)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_promises_in_all_exists(package):
    module = importlib.import_module(package)
    promised = getattr(module, "__all__", [])
    assert [name for name in promised if not hasattr(module, name)] == []


def test_type_checkers_and_programs_see_the_same_names():
    tree = ast.parse((ROOT / "src" / "x12_pa" / "__init__.py").read_text())
    declared = {
        (node.module, alias.name)
        for branch in tree.body
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    fetched = {(home, name) for name, home in x12_pa._HOME_OF.items()}
    assert declared == fetched
    assert {name for _, name in fetched} | {"__version__"} == set(x12_pa.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        x12_pa.nothing  # noqa: B018
