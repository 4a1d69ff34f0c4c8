"""Print the findings of `verify_ledger`: lines for people, one JSON object for programs."""

import json
from typing import Any

from consents.core.charts import write_count
from consents.core.safeguards import Change
from consents.ledger.rules import EntryFault, LogFaultKind
from consents.ledger.selectors.chains import ChainFault, ChainProgress
from consents.ledger.selectors.timelines import LogFault, UnsealedEntries

SENTENCES = {
    EntryFault.GAP: "an entry before this one is missing",
    EntryFault.UNLINKED: "it does not follow the entry before it",
    EntryFault.CHANGED_TEXT: "its text is not the one that was hashed",
    EntryFault.CHANGED_COLUMNS: "its columns are not those of the hashed text",
    EntryFault.CUT: "this entry and all after it are missing",
    EntryFault.NOT_AS_SEALED: "it is not the entry that was sealed",
    EntryFault.TIME_WENT_BACK: "its moment lies before that of the entry before it",
}
LOG_SENTENCES = {
    LogFaultKind.LEAF_MISSING: "Place {leaf} of the log is missing.",
    LogFaultKind.ENTRY_MISSING: "Place {leaf} of the log: the entry {entry} that was sealed there is gone.",
    LogFaultKind.PASSED_OVER: "Entry {entry} stands among sealed entries but was never sealed: it was put in later.",
    LogFaultKind.OWN_CHECKPOINT: "The database's own checkpoint after place {leaf} is damaged or not signed by us.",
    LogFaultKind.UNREADABLE: "Checkpoint {checkpoint} is damaged or not signed by us.",
    LogFaultKind.EMPTY: "The ledger is empty, but {checkpoint} was taken of one that was not.",
    LogFaultKind.SHORTER: "The log ends before place {leaf}; {checkpoint} was taken of a longer one: "
    "cut or rolled back.",
    LogFaultKind.OTHER_HISTORY: "From place {leaf} of the log on (entry {entry} or a later one) history is not the one "
    "that {checkpoint} was taken of.",
    LogFaultKind.JOURNAL_BROKEN: "The journal outside is damaged or was changed.",
    LogFaultKind.JOURNAL_CUT: "The journal outside does not go through its signed head {checkpoint}: cut or put back.",
    LogFaultKind.NOT_JOURNALLED: "Entry {entry} closed something, but the journal outside does not tell of it (nor "
    "perhaps of later ones) and nothing waits to be written: `backup` writes it.",
    LogFaultKind.JOURNAL_LATE: "Entry {entry} closed something and has waited for the journal for more than two "
    "minutes: the worker writes it.",
    LogFaultKind.NOT_IN_LEDGER: "The journal outside tells of entry {entry}, which the ledger does not hold: it was "
    "cut, rolled back or rewritten.",
}
INSIDE = "the database's own checkpoint"


class LineReport:
    def __init__(self, out: Any) -> None:
        self.out, self.broken_chains, self.broken = out, 0, False
        self.walked, self.unsealed, self.lost = ChainProgress(0, 0), UnsealedEntries(0, None, 0), 0

    def fault(self, fault: ChainFault) -> None:
        self.broken, self.broken_chains = True, self.broken_chains + 1
        self.out.write(f"Chain {fault.chain} is broken at entry {fault.sequence}: {SENTENCES[fault.what]}.")

    def log_fault(self, fault: LogFault) -> None:
        self.broken = True
        words = {"leaf": fault.leaf, "entry": fault.entry, "checkpoint": fault.checkpoint or INSIDE}
        sentence = LOG_SENTENCES[fault.what].format(**words)
        self.out.write(sentence[0].upper() + sentence[1:])

    def change(self, change: Change) -> None:
        self.broken = True
        self.out.write(f"The database is not as the last migration left it: {change}.")

    def end(self, checkpoints: int, *, is_proven: bool) -> None:
        whole = "all of them whole" if self.walked.chains != 1 else "which is whole"
        state = f"{self.broken_chains} of them broken" if self.broken_chains else whole
        entries = write_count(self.walked.entries, "entry", "entries")
        self.out.write(f"{entries} in {write_count(self.walked.chains, 'chain')}, {state}.")
        waiting = (
            f", waiting since {self.unsealed.since:%Y-%m-%d %H:%M}Z: {self.unsealed.entries}" if self.waits else ""
        )
        compared = write_count(checkpoints, "checkpoint")
        self.out.write(f"Sealed: {self.unsealed.sealed}{waiting}; {compared} from outside compared.")
        if self.lost:
            self.out.write(f"Checkpoints of entries that a restoration lost, as signed statements say: {self.lost}.")

    @property
    def waits(self) -> bool:
        return bool(self.unsealed.since)


class JsonReport:
    """Writes one JSON object piece by piece."""

    def __init__(self, out: Any) -> None:
        self.out, self.lead, self.broken = out, '{"faults": [', False
        self.walked, self.unsealed, self.lost = ChainProgress(0, 0), UnsealedEntries(0, None, 0), 0
        self.log: list[dict[str, Any]] = []
        self.changes: list[dict[str, str]] = []

    def fault(self, fault: ChainFault) -> None:
        self.broken = True
        entry = {"chain": fault.chain, "sequence": fault.sequence, "what": str(fault.what)}
        self.out.write(self.lead + json.dumps(entry), ending="")
        self.lead = ", "

    def log_fault(self, fault: LogFault) -> None:
        self.broken = True
        self.log.append({"what": fault.what, "leaf": fault.leaf, "entry": fault.entry, "checkpoint": fault.checkpoint})

    def change(self, change: Change) -> None:
        self.broken = True
        self.changes.append({"kind": change.kind, "name": change.name, "what": change.what})

    def end(self, checkpoints: int, *, is_proven: bool) -> None:
        start = self.lead if self.lead.startswith("{") else ""
        since = self.unsealed.since
        rest = {
            "log": self.log,
            "changes": self.changes,
            "entries": self.walked.entries,
            "chains": self.walked.chains,
            "sealed": self.unsealed.sealed,
            "unsealed": self.unsealed.entries,
            "unsealed_since": since and since.isoformat(),
            "checkpoints": checkpoints,
            "lost": self.lost,
            "whole": is_proven and not self.broken,
        }
        self.out.write(f"{start}], {json.dumps(rest)[1:]}")
