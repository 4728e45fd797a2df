"""What the add-ons of this checkout say of themselves. Needs nothing but Python.

addons.py names      the add-ons, in an order in which each comes after those it depends on
addons.py depends    the modules of Odoo that they need
addons.py demo       module and demo file, a pair a line
addons.py digest     changes when something changes that lies in a database after an installation
"""

import ast
import hashlib
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# Read from the disk when needed, or not part of an installation at all.
NOT_INSTALLED = ("tests", "static", "readme", "__pycache__")


def manifests(root=PROJECT):
    """Return ``{name: manifest}`` of the installable add-ons under ``root``."""
    found = {}
    for path in sorted(Path(root).glob("*/__manifest__.py")):
        manifest = ast.literal_eval(path.read_text())
        if manifest.get("installable", True):
            found[path.parent.name] = manifest
    return found


def names(root=PROJECT):
    """Return the add-ons' names, each after those it depends on."""
    waiting, ordered = manifests(root), []
    while waiting:
        ready = [name for name in waiting if not set(waiting[name].get("depends", [])) & set(waiting)]
        if not ready:
            raise SystemExit(f"these add-ons depend on each other in a circle: {', '.join(waiting)}")
        ordered += ready
        for name in ready:
            del waiting[name]
    return ordered


def depends(root=PROJECT):
    """Return the modules outside this checkout that its add-ons depend on."""
    own = manifests(root)
    return sorted({needed for manifest in own.values() for needed in manifest.get("depends", [])} - set(own))


def demo(root=PROJECT):
    """Return the pairs of module and demo file, in the order in which they are loaded."""
    own = manifests(root)
    return [(name, file) for name in names(root) for file in own[name].get("demo", [])]


def digest(root=PROJECT):
    """Return a digest of every file that an installation reads."""
    result = hashlib.sha256()
    for name in manifests(root):
        for path in sorted((Path(root) / name).rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and not set(inside.parts) & set(NOT_INSTALLED) and path.suffix not in (".rst", ".toml"):
                result.update(str(inside).encode() + b"\0" + path.read_bytes())
    return result.hexdigest()[:16]


def main(command):
    """Print the answer to ``command``, an item a line."""
    answers = {"names": names, "depends": depends, "demo": demo, "digest": digest}
    answer = answers[command]()
    for item in [answer] if isinstance(answer, str) else answer:
        print(item if isinstance(item, str) else " ".join(item))


if __name__ == "__main__":
    main(sys.argv[1])
