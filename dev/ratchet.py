"""A ratchet: how many files and functions are longer than a reader keeps in the head. The numbers only fall.

ratchet.py            compare with dev/ratchet.json
ratchet.py --write    write smaller numbers down
"""

import ast
import json
import sys
from pathlib import Path

from addons import PROJECT, names

FILE_LINES, FUNCTION_LINES = 500, 50
STORE = Path(__file__).with_name("ratchet.json")
SUFFIXES = {".py", ".js", ".xml", ".scss"}


def code_files():
    """Yield the code of the add-ons and of the tools; tests may be long."""
    for folder in [*names(), "dev"]:
        for path in sorted((PROJECT / folder).rglob("*")):
            inside = path.relative_to(PROJECT)
            if path.suffix in SUFFIXES and "tests" not in inside.parts and "lib" not in inside.parts:
                yield path


def long_files():
    """Return the files that are too long, with their number of lines."""
    lengths = {str(path.relative_to(PROJECT)): len(path.read_text().splitlines()) for path in code_files()}
    return {path: length for path, length in lengths.items() if length > FILE_LINES}


def long_functions():
    """Return the functions that are too long, with their number of lines."""
    found = {}
    for path in code_files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    found[f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}"] = length
    return found


def main(write):
    """Compare the counts with the stored ones; return 1 when one of them differs."""
    stored = json.loads(STORE.read_text())
    found = {"files_over_500_lines": long_files(), "functions_over_50_lines": long_functions()}
    status = 0
    for name, places in found.items():
        if len(places) > stored[name]:
            status = 1
            print(f"{name}: {len(places)}, at most {stored[name]} allowed (dev/ratchet.json):")
            for place, length in sorted(places.items(), key=lambda item: -item[1]):
                print(f"    {place}: {length}")
        elif len(places) < stored[name] and write:
            stored[name] = len(places)
        elif len(places) < stored[name]:
            status = 1
            print(f"{name}: only {len(places)} now, {stored[name]} are stored: bin/test --fix writes it down")
    if write:
        STORE.write_text(json.dumps(stored, indent=4) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv))
