"""Which attempt told each mutant from its rule when all were tried last: it is tried first, and nearly always tells.

What is remembered decides the order and nothing else: a mutant that its attempt no longer tells is tried by all of
them. After a change of many rules, or of what they are tried by, to be quick again:

python -m pytest -n 0 --keep-telling tests/architecture/mutation
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

# A line says what it is about, which attempt it is, and which mutants that told, by their digests.
BY_ACTS, BY_CASES, BY_LOOKS = (Path(__file__).with_name(f"told_by_{name}.txt") for name in ("acts", "cases", "looks"))
# What an act makes another each time.
PASSING = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.+Z-]+")

type Told = defaultdict[str, defaultdict[str, set[str]]]


def digest(text: str, length: int = 8) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def digest_without_passing(text: str) -> str:
    return digest(PASSING.sub("…", text))


def digest_of_mutant(name: str) -> str:
    return digest(name, 6)


class Memory:
    """`told`: by the function or act that it is about, and the place of the attempt: digests of mutants. `noted`: of
    this run alone, which is what stays where somebody `keeps` it."""

    def __init__(self, path: Path, *, keeps: bool = False) -> None:
        self.path, self.keeps = path, keeps
        self.told: Told = defaultdict(lambda: defaultdict(set))
        self.noted: Told = defaultdict(lambda: defaultdict(set))
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            place, _, mutants = line.partition(": ")
            about, _, where = place.partition(" ")
            self.told[about][where] |= set(mutants.split())

    def note(self, about: str, where: str, mutant: str) -> None:
        if self.keeps:
            self.noted[about][where].add(digest_of_mutant(mutant))

    def save(self, about: Iterable[str]) -> None:
        """In place of what was remembered about these."""
        if self.keeps:
            whole = {one: where for one, where in self.told.items() if one not in {*about}} | self.noted
            lines = [
                f"{one} {where}: {' '.join(sorted(mutants))}\n"
                for one in sorted(whole)
                for where, mutants in sorted(whole[one].items())
            ]
            self.path.write_text("".join(lines))
