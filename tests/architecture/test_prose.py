"""Docstrings and comments name only modules, functions, classes and refusals that exist: a rename reaches them too."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.sources import ROOT, list_programs, read_nodes

SCRIPTS = list_programs()
RULES = sorted((ROOT / "consents").rglob("*.sql"))
# Parameters of JSON Web Signatures, columns that a counter makes.
FOREIGN = {"jku", "x5c", "x5u", "exp", "month_12"}
QUOTED = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)`")
RAISED = re.compile(r"\b(?:Raises?|raise) ([^.:]*)")
CLASS = re.compile(r"\b[A-Z][a-z]+[A-Z]\w+")


def list_docstrings(path: Path) -> dict[int, str]:
    """Docstrings by the line on which they begin."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in read_nodes(path) if isinstance(node, kinds)]
    return {node.body[0].lineno: text for node in nodes if (text := ast.get_docstring(node))}


def read_script(path: Path) -> Iterator[tuple[str, bool]]:
    """(text, whether people read it) of each token."""
    text = path.read_text()
    docstrings = list_docstrings(path)
    yield from ((docstring, True) for docstring in docstrings.values())
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.STRING or token.start[0] not in docstrings:
            yield token.string, token.type == tokenize.COMMENT


def read_rule(path: Path) -> Iterator[tuple[str, bool]]:
    for line in path.read_text().splitlines():
        code, _, comment = line.partition("--")
        yield from ((code, False), (comment, True))


@cache
def read_sources() -> list[tuple[Path, str, bool]]:
    return [
        (path, text, is_prose)
        for paths, read in ((SCRIPTS, read_script), (RULES, read_rule))
        for path in paths
        for text, is_prose in read(path)
    ]


@cache
def list_known_words() -> set[str]:
    in_code = (text for _path, text, is_prose in read_sources() if not is_prose)
    files = (*SCRIPTS, *RULES, *(ROOT / "templates").rglob("*.html"))
    in_paths = (" ".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)
    return set(re.findall(r"\w+", " ".join((*in_code, *in_paths))))


def list_names(text: str) -> set[str]:
    quoted = {word for name in QUOTED.findall(text) for word in name.split(".")}
    return quoted | {name for raised in RAISED.findall(text) for name in CLASS.findall(raised)}


def test_prose_names_only_what_exists():
    missing = [
        (str(path.relative_to(ROOT)), name)
        for path, text, is_prose in read_sources()
        if is_prose
        for name in sorted(list_names(text) - FOREIGN - list_known_words())
    ]

    assert missing == []
