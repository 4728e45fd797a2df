"""What the add-ons of this checkout say of themselves. Needs nothing but Python.

addons.py names      the add-ons, in an order in which each comes after those it depends on
addons.py depends    the modules of Odoo that they need
addons.py demo       module and demo file, a pair a line
addons.py digest     changes when something changes that lies in a database after an installation

A second word asks of one group only: ``site`` are those that need a module of SITE, which changes every public page,
and those that depend on them; ``main`` are the others.
"""

import ast
import hashlib
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Read from the disk when needed, or not part of an installation at all.
NOT_INSTALLED = ("tests", "static", "readme", "__pycache__")
# Odoo's modules that change all public pages, or bring others that do: no database of the main group has them.
SITE = {"survey", "website", "website_forum"}


def manifests(root=PROJECT, group=None):
    """Return ``{name: manifest}`` of the installable add-ons under ``root``, or of those of a group."""
    found = read_manifests(root)
    if not group:
        return found
    site = {name for name, manifest in found.items() if SITE & set(manifest.get("depends", []))}
    while further := {name for name in found if site & set(found[name].get("depends", []))} - site:
        site |= further
    return {name: manifest for name, manifest in found.items() if (name in site) == (group == "site")}


def read_manifests(root):
    """Return what the manifests say, installable add-ons only."""
    found = {}
    for path in sorted(Path(root).glob("*/__manifest__.py")):
        manifest = ast.literal_eval(path.read_text())
        if manifest.get("installable", True):
            found[path.parent.name] = manifest
    return found


def names(root=PROJECT, group=None):
    """Return the add-ons' names, each after those it depends on."""
    waiting, ordered = manifests(root, group), []
    while waiting:
        ready = [name for name in waiting if not set(waiting[name].get("depends", [])) & set(waiting)]
        if not ready:
            raise SystemExit(f"these add-ons depend on each other in a circle: {', '.join(waiting)}")
        ordered += ready
        for name in ready:
            del waiting[name]
    return ordered


def depends(root=PROJECT, group=None):
    """Return the modules outside this checkout that its add-ons depend on."""
    own = manifests(root, group)
    needed = {needed for manifest in own.values() for needed in manifest.get("depends", [])}
    return sorted(needed - set(manifests(root)))


def demo(root=PROJECT, group=None):
    """Return the pairs of module and demo file, in the order in which they are loaded."""
    own = manifests(root, group)
    return [(name, file) for name in names(root, group) for file in own[name].get("demo", [])]


def digest(root=PROJECT, group=None):
    """Return a digest of every file that an installation reads."""
    result = hashlib.sha256()
    for name in manifests(root, group):
        for path in sorted((Path(root) / name).rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and not set(inside.parts) & set(NOT_INSTALLED) and path.suffix not in (".rst", ".toml"):
                result.update(str(inside).encode() + b"\0" + path.read_bytes())
    return result.hexdigest()[:16]


def main(command, group=None):
    """Print the answer to ``command``, an item a line."""
    answers = {"names": names, "depends": depends, "demo": demo, "digest": digest}
    answer = answers[command](group=group)
    for item in [answer] if isinstance(answer, str) else answer:
        print(item if isinstance(item, str) else " ".join(item))


if __name__ == "__main__":
    main(*sys.argv[1:])
