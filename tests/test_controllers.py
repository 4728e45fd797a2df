"""Odoo makes one class of all controllers that extend the same one of core: a name used twice replaces the other."""

import ast
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def calls_super(function):
    return any(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(function))


def find_methods():
    """Return {method: [its class]} of all controllers, without those that go on with what they extend."""
    found = defaultdict(list)
    for path in PROJECT.glob("helpdesk_ticketing*/controllers/*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                for function in node.body:
                    if isinstance(function, ast.FunctionDef) and not calls_super(function):
                        found[function.name].append(f"{path.relative_to(PROJECT)}: {node.name}")
    return found


def test_each_method_has_a_name_of_its_own():
    methods = find_methods()
    assert len(methods) > 50
    assert {name: places for name, places in methods.items() if len(places) > 1} == {}
