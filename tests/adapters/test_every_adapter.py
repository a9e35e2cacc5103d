"""The architecture of the adapters' tests."""

import ast
import pkgutil
from pathlib import Path

import adapters


def adapters_with_a_contract() -> set[str]:
    """The ``adapter`` of every contract's subclass in this folder, read without importing it."""
    found = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and any("MessengerContract" in ast.unparse(base) for base in node.bases):
                found |= {
                    statement.value.value
                    for statement in node.body
                    if isinstance(statement, ast.Assign)
                    and ast.unparse(statement.targets[0]) == "adapter"
                    and isinstance(statement.value, ast.Constant)
                }
    return found


def test_every_adapter_has_the_messenger_contract() -> None:
    assert {module.name for module in pkgutil.iter_modules(adapters.__path__)} == adapters_with_a_contract()
