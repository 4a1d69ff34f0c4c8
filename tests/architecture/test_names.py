"""Names, sentences and sizes that a reader meets: how many of them may be what a reader stumbles over.

A limit is a ratchet: it is lowered when less is true, and never raised.
"""

import ast
import re
import statistics
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.sources import ROOT, list_programs, read_nodes

# Named so by Django or a protocol, or one in each module.
PRESCRIBED = {
    "main",
    "ready",
    "apps",
    "urls",
    "handle",
    "add_arguments",
    "save",
    "clean",
    "delete",
    "get",
    "post",
    "put",
}
PRESCRIBED |= {"dispatch", "forwards", "backwards", "upgrade", "downgrade", "render", "items", "index", "home"}
# Words that a sentence without a main verb begins with.
OPENER = re.compile(
    r"(of|as|by|in|on|at|to|for|from|with|without|whether|what|who|whom|whose|where|when|which|how|that|those|so|"
    r"until|since|besides?|and|but|not|nothing|nobody|never|none|one|only|out)\b",
    re.IGNORECASE,
)
PARTICIPLE = re.compile(
    r"(\w+ed|kept|held|told|begun|written|drawn_up|shown|made|given|taken|sent|met|known|meant|laid|found|said|"
    r"read_out|handed_out|carried)$"
)
VAGUE = {"row", "found", "told", "said", "asked", "wanted", "one", "about"}
type Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source(NamedTuple):
    path: Path
    text: str
    nodes: list[ast.AST]


@cache
def sources() -> list[Source]:
    paths = [path for path in list_programs() if "migrations" not in path.parts]
    return [Source(path, path.read_text(), read_nodes(path)) for path in paths]


@cache
def functions() -> list[Function]:
    return [node for source in sources() for node in source.nodes if isinstance(node, Function.__value__)]


@cache
def names() -> dict[str, list[Path]]:
    """Of functions at the top of a module, with the modules."""
    found: dict[str, list[Path]] = defaultdict(list)
    for source in sources():
        module, *_inside = source.nodes
        for node in ast.iter_child_nodes(module):
            if isinstance(node, Function.__value__):
                found[node.name].append(source.path)
    return found


def chosen() -> dict[str, list[Path]]:
    return {name: paths for name, paths in names().items() if name not in PRESCRIBED and not name.startswith("__")}


def percent_of_names(found: dict[str, list[Path]]) -> float:
    return 100 * sum(map(len, found.values())) / sum(map(len, names().values()))


def one_word() -> float:
    return percent_of_names({name: paths for name, paths in chosen().items() if "_" not in name.strip("_")})


def participles() -> float:
    return percent_of_names({name: paths for name, paths in chosen().items() if PARTICIPLE.match(name.strip("_"))})


def shared() -> float:
    return percent_of_names({name: paths for name, paths in chosen().items() if len(set(paths)) >= 3})


def without_verb() -> float:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for source in sources() for node in source.nodes if isinstance(node, kinds)]
    sentences = [sentence for node in nodes if (sentence := ast.get_docstring(node))]
    return 100 * sum(bool(OPENER.match(sentence)) for sentence in sentences) / len(sentences)


def vague_variables() -> int:
    """Variables and parameters that do not name what they hold."""
    return sum(name in VAGUE for function in functions() for name in variables(function))


def variables(function: Function) -> set[str]:
    nodes = list(ast.walk(function))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def ignored_types() -> int:
    return sum(source.text.count("type: ignore") for source in sources())


def migrations() -> int:
    return len([path for path in (ROOT / "consents").rglob("migrations/*.py") if path.name != "__init__.py"])


def long_lines_of_templates() -> int:
    lines = [line for path in (ROOT / "templates").rglob("*.html") for line in path.read_text().splitlines()]
    return sum(len(line) > 200 for line in lines)


LIMITS = {
    one_word: 1.5,
    participles: 2,
    shared: 1,
    without_verb: 1.5,
    vague_variables: 400,
    ignored_types: 19,
    migrations: 33,  # two for each room
    long_lines_of_templates: 0,
}


@pytest.mark.parametrize("count", LIMITS, ids=lambda count: count.__name__)
def test_names_and_sentences(count):
    assert count() <= LIMITS[count]


def spread(sizes: list[int]) -> tuple[int, int, int]:
    """Median, the one that 95 % do not exceed, and the largest."""
    ordered = sorted(sizes)
    return int(statistics.median(ordered)), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]


def test_functions_are_short():
    sizes = [node.end_lineno - node.lineno + 1 for node in functions() if node.end_lineno]

    assert all(size <= limit for size, limit in zip(spread(sizes), (6, 19, 44), strict=True)), spread(sizes)


def test_files_are_short():
    sizes = [source.text.count("\n") for source in sources()]

    assert all(size <= limit for size, limit in zip(spread(sizes), (150, 420, 500), strict=True)), spread(sizes)
