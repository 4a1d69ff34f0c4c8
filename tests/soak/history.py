"""What clients did and what they were told: one call a line, as Jepsen keeps it."""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

CUT_SHORT = 206  # not the server's word: it ends a download that failed half-way like any other
# Nor is this: a 503 of a machine so busy that a request found no place in two seconds. Nothing of it was done.
TURNED_AWAY = 529


class Outcome(StrEnum):
    """What the client knows afterwards. UNKNOWN: no answer, or "not now": it may have happened."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    ASK = "ask"
    ANSWER = "answer"
    OPEN = "open"
    STOP = "stop"
    GIVE = "give"
    WITHDRAW = "withdraw"
    EXPORT = "export"


@dataclass(frozen=True)
class Call:
    """One request of one client, in seconds of the wall clock, which the database shares.

    `object`: the access request, the purpose of a choice, or the name of an export. `said`: the decision of an answer.
    `made`: the id that an ask was told. `data`: the page, whatever its status, held data of the vault.
    """

    client: int
    kind: Kind
    start: float
    end: float
    outcome: Outcome
    status: int = 0
    customer: str = ""
    object: str = ""
    grant: str = ""
    token: str = ""
    said: str = ""
    made: str = ""
    data: bool = False


@dataclass(frozen=True)
class Outage:
    """What was killed, when, and when the portal was whole again."""

    what: str
    start: float
    end: float


class History:
    """Collects calls from many threads."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.guard = threading.Lock()

    def add(self, call: Call) -> None:
        with self.guard:
            self.calls.append(call)


def write(path: Path, calls: Iterable[Call]) -> None:
    path.write_text("".join(json.dumps(asdict(call)) + "\n" for call in calls))


def read(path: Path) -> list[Call]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [Call(**row | {"kind": Kind(row["kind"]), "outcome": Outcome(row["outcome"])}) for row in rows]
