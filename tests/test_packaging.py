"""The wheel works elsewhere: built from the checkout and from the sdist, installed, run, compared.

Nothing is fetched: the builds run without isolation, and the fresh environment borrows the
libraries of this one through symbolic links, but not x12-pa itself.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import x12_pa
from tests.support import ROOT

DATA = ("maps", "companion_guides", "fixtures")
SOURCES = ("src", *DATA, "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


def build(what: str, source: Path, to: Path) -> Path:
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{what}", "-o", to, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = to.glob("*.whl" if what == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the sources, so that a build never writes into the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory) -> Path:
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh environment with the wheel in it; returns its folder of programs."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python*/site-packages"))
    options = ["--no-deps", "--no-index", "--quiet", "--no-compile", "--no-warn-script-location"]
    pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", *options]
    subprocess.run([*pip, wheel], check=True)
    lend_libraries(site)
    return home / "bin"


def lend_libraries(site: Path) -> None:
    """Link everything of our own site-packages into `site`, except x12-pa in its editable form."""
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "x12_pa" not in entry.name and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)


def run(program: Path, *arguments: str, cwd: Path) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "X12_PA"))}
    done = subprocess.run([program, *arguments], cwd=cwd, env=environ, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def data_files(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for name in DATA
        for path in (root / name).rglob("*")
        if path.is_file()
    }


def test_the_wheel_carries_the_data_and_the_types(wheel, checkout):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"x12_pa/data/{name}" for name in data_files(checkout)} - names == set()
    assert "x12_pa/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_has_every_file_of_the_package(wheel, checkout):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = checkout / "src"
    wanted = {p.relative_to(package).as_posix() for p in package.rglob("*") if p.is_file()}
    assert wanted - names == set()


def test_the_wheel_of_the_sdist_is_the_wheel_of_the_checkout(wheel, checkout, tmp_path):
    archive = build("sdist", checkout, tmp_path / "sdist")
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    second = build("wheel", unpacked, tmp_path / "wheel")
    assert zipfile.ZipFile(second).namelist() == zipfile.ZipFile(wheel).namelist()


def test_the_installed_program_says_its_version(installed, tmp_path):
    assert x12_pa.__version__ in run(installed / "x12-pa", "--version", cwd=tmp_path)


def test_the_installed_package_is_the_one_that_runs(installed, tmp_path):
    where = run(installed / "python", "-c", "import x12_pa; print(x12_pa.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_the_installed_program_finds_its_guides(installed, tmp_path):
    listing = run(installed / "x12-pa", "guides", "list", cwd=tmp_path)
    assert "005010X217" in listing


def test_the_installed_program_validates_with_a_shipped_profile(installed, tmp_path):
    request = ROOT / "fixtures" / "valid" / "278-request-subscriber.edi"
    program = installed / "x12-pa"
    said = run(program, "validate", str(request), "--profile", "demo-payer", cwd=tmp_path)
    assert ": accepted; 1 transaction set" in said


def test_the_installed_program_keeps_no_state_where_it_only_reads(installed, tmp_path):
    run(installed / "x12-pa", "guides", "list", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
