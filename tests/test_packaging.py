"""Each add-on is complete, as a folder and as a wheel."""

import subprocess
import sys
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest
from lxml import etree
from packaging.specifiers import SpecifierSet

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT / "dev"))

import addons  # noqa: E402

MANIFESTS = addons.manifests()
# Files that only a manifest brings into the database.
DATA_FOLDERS = ("data", "demo", "reports", "security", "views", "wizards")
# Debian 12's.
OLDEST_PYTHON = "3.11.2"


def in_git(folder):
    """Return the files of ``folder`` that belong to the repository, or None outside of a checkout."""
    command = ["git", "-C", str(PROJECT), "ls-files", "-co", "--exclude-standard", "--", folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        return None
    return {path for path in answer.stdout.splitlines() if (PROJECT / path).exists()}


def listed_files(manifest):
    """Return the data and demo files of a manifest."""
    return [*manifest.get("data", []), *manifest.get("demo", [])]


@pytest.mark.parametrize("name", MANIFESTS)
def test_listed_files_exist(name):
    """A file in the manifest is in the folder, once."""
    files = listed_files(MANIFESTS[name])
    assert [file for file in files if not (PROJECT / name / file).is_file()] == []
    assert len(files) == len(set(files))


@pytest.mark.parametrize("name", MANIFESTS)
def test_files_are_listed(name):
    """A data file in the folder is in the manifest: one that is forgotten would silently do nothing."""
    present = {
        str(path.relative_to(PROJECT / name))
        for folder in DATA_FOLDERS
        for path in (PROJECT / name / folder).rglob("*")
        if path.suffix in (".xml", ".csv")
    }
    assert sorted(present - set(listed_files(MANIFESTS[name]))) == []


@pytest.mark.parametrize("name", MANIFESTS)
def test_xml_is_well_formed(name):
    """Every XML file can be read, also those that only a browser asks for."""
    for path in (PROJECT / name).rglob("*.xml"):
        etree.parse(path)


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest(name):
    """What an app store and a reader need to know."""
    manifest = MANIFESTS[name]
    assert manifest["license"] == "LGPL-3"
    assert manifest["summary"]
    assert (PROJECT / name / "README.rst").is_file()
    assert (PROJECT / name / "pyproject.toml").is_file()


@pytest.mark.parametrize("name", MANIFESTS)
def test_wheel_is_complete(name, tmp_path):
    """The wheel holds every file of the folder, below odoo/addons, and asks for Odoo of the right series."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-build-isolation"]
    command += ["--no-deps", "--no-index", "--wheel-dir", str(tmp_path), str(PROJECT / name)]
    subprocess.run(command, check=True)
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        inside = set(wheel.namelist())
        (metadata,) = (wheel.read(file).decode() for file in inside if file.endswith("METADATA"))
    expected = in_git(name)
    if expected is None:
        files = (file for file in (PROJECT / name).rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        expected = {str(file.relative_to(PROJECT)) for file in files}
    # What builds the wheel is not in it.
    expected.discard(f"{name}/pyproject.toml")
    assert sorted({f"odoo/addons/{file}" for file in expected} - inside) == []
    assert "Requires-Dist: odoo==19.0.*" in metadata or "Requires-Dist: odoo<19.1dev,>=19.0a" in metadata


def test_locked_packages_take_debians_python():
    """A package of the lock file that needs a later Python could not be installed on a bare Debian 12."""
    needed = {package.name: package.metadata["Requires-Python"] or "" for package in distributions()}
    assert [name for name, python in needed.items() if OLDEST_PYTHON not in SpecifierSet(python)] == []
