"""What a module imports, by its syntax."""

import ast
from functools import cache
from pathlib import Path


@cache
def imported_by(path: Path) -> tuple[str, ...]:
    """Full names: `from a import b` is `a.b`."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return tuple(names)
