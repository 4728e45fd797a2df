"""What the documents say is so."""

import os
import re
import sys
from pathlib import Path

import docutils.core
import docutils.utils
import pytest

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT / "dev"))

import addons  # noqa: E402
import readme  # noqa: E402

DOCUMENTS = sorted([*PROJECT.glob("*.rst"), *PROJECT.glob("helpdesk_ticketing*/README.rst")])
TEXT = readme.README.read_text()


@pytest.mark.parametrize("path", readme.commands(TEXT))
def test_command_exists(path):
    """A command the README names is there and can be run."""
    assert (PROJECT / path).exists()
    if path.startswith(("bin/", ".ci/")):
        assert os.access(PROJECT / path, os.X_OK)


def test_every_command_is_told():
    """Each command of bin/ stands in the README."""
    assert {f"bin/{path.name}" for path in (PROJECT / "bin").iterdir()} <= set(readme.commands(TEXT))


def test_every_folder_is_told():
    """The map of the folders names them all."""
    for name in [*addons.names(), "bin", "dev", "tests"]:
        assert f"{name}/" in TEXT, f"README.rst does not say what {name}/ is"


def test_the_two_commands():
    """A newcomer needs two commands; .ci/run runs the second one."""
    lines = [line.split()[0] for line in readme.code_lines(TEXT)]
    assert "bin/run" in lines
    assert readme.test_command(TEXT) == "bin/test"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_document(path):
    """It is well-formed, and the files it points at exist."""
    text = path.read_text()
    settings = {"halt_level": 2, "report_level": 2, "file_insertion_enabled": False, "warning_stream": sys.stderr}
    docutils.core.publish_string(text, source_path=str(path), writer_name="null", settings_overrides=settings)
    for target in re.findall(r"(?:image|figure):: (\S+)|`[^`<]*<([^`>]+)>`_", text):
        target = "".join(target)
        if not re.match(r"(https?|mailto):", target):
            assert (path.parent / target).exists(), f"{path.name} points at {target}"


def test_changelog_has_the_version():
    """The version that the add-on says it has is described."""
    changelog = (PROJECT / "CHANGELOG.rst").read_text()
    for name, manifest in addons.manifests().items():
        assert manifest["version"].startswith("19.0."), name
    assert addons.manifests()["helpdesk_ticketing"]["version"] in changelog
