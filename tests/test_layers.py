"""The architecture of docs/architecture.md, enforced on the imports of every module.

Imports are read with `ast`, wherever they stand, so that a lazy import inside a function counts as
well: laziness is about start-up time, layers are about who may know whom.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGE = ROOT / "src" / "x12_pa"

SHARED = {"errors", "clock", "resources"}
SETTINGS = {"configuration", "configured_values"}

# Who may import whom; every layer may also import itself and SHARED.
LAYERS: dict[str, set[str]] = {
    "syntax": set(),
    "guides": {"syntax"},
    "validation": {"syntax", "guides"},
    "acks": {"syntax", "guides", "validation"},
    "models": {"syntax", "guides", "validation"},
    "eligibility": {"models"},
    "authorizations": {"syntax", "guides", "validation", "acks", "models"},
    "reconcile": {"syntax", "guides", "validation", "models", "authorizations"},
    "exchange": {"syntax"} | SETTINGS,
    "ledger": {"syntax", "models", "authorizations", "exchange"},
    "simulator": {"syntax", "guides", "validation", "acks", "models"},
}
BELOW_THE_SERVICES = set(LAYERS) | SETTINGS
LAYERS["services"] = set(BELOW_THE_SERVICES)
LAYERS["cli"] = BELOW_THE_SERVICES | {"services"}
LAYERS["configuration"] = {"configured_values"}
LAYERS["configured_values"] = set()
LAYERS |= {name: set() for name in SHARED}
LAYERS["__main__"] = {"cli"}

# The only places where a library may appear, as a module or a package of x12_pa.
LIBRARIES = {
    "paramiko": ("exchange.sftp",),
    "apscheduler": ("exchange.runner",),
    "click": ("cli",),
    "rich": ("cli",),
    "sqlalchemy": ("ledger",),
    "asyncssh": ("simulator.sftp_server",),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(module: str) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute name) for everything that a module imports."""
    path = MODULES[module]
    package = ["x12_pa", *module.split(".")] if module else ["x12_pa"]
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, node.module] if node.module else base)
            if start == "x12_pa":
                yield from ((node.lineno, f"x12_pa.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, start


def layer_of(name: str) -> str | None:
    """Return the first part below x12_pa of an absolute name, None for other packages."""
    root, _, rest = name.partition(".")
    return rest.split(".")[0] if root == "x12_pa" else None


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_a_module_imports_only_what_lies_below_it(module):
    own = module.split(".")[0]
    assert own in LAYERS, f"x12_pa.{own} has no layer: give it a row in LAYERS and in the docs"
    allowed = LAYERS[own] | SHARED | {own}
    for line, name in imports(module):
        layer = layer_of(name)
        if layer is None or layer not in LAYERS:
            continue
        assert layer in allowed, (
            f"{MODULES[module].relative_to(ROOT)}:{line} imports {name}, but '{own}' may only "
            f"import {', '.join(sorted(allowed - {own}))}. Move the code to the layer that may, "
            "or hand the value in from services/."
        )


@pytest.mark.parametrize("module", list(MODULES))
def test_a_library_stays_where_it_belongs(module):
    for line, name in imports(module):
        homes = LIBRARIES.get(name.split(".")[0])
        if homes is None:
            continue
        inside = any(module == home or module.startswith(home + ".") for home in homes)
        assert inside, (
            f"{MODULES[module].relative_to(ROOT)}:{line} imports {name}, which belongs in "
            f"x12_pa.{' or x12_pa.'.join(homes)} alone. Call what that module offers instead."
        )


def test_every_layer_named_here_exists():
    found = {name.split(".")[0] for name in MODULES if name}
    assert set(LAYERS) - found == set()


def test_the_libraries_are_imported_where_they_belong_and_not_merely_absent():
    used = {
        name.split(".")[0] for module in MODULES for _, name in imports(module)
    } & LIBRARIES.keys()
    assert used == LIBRARIES.keys()
