"""Whether a soak has seen enough for "all is well" to mean something: what did not happen was not judged. Pure."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.soak.checker import Facts, noes, of
from tests.soak.history import Call, Kind, Outage, Outcome

MEASURED = ("web", "web process", "worker")  # kinds of program that must not grow
# Of one process that nobody killed meanwhile: fewer show no trend.
LEAST_SAMPLES = 20
# MiB. Memory is flat when the last quarter of the samples is no heavier than the second, but for this.
MAY_GROW = 24.0

# Resident MiB of each process, in order of time, by kind of program and process id.
Memory = Mapping[tuple[str, int], Sequence[float]]


@dataclass(frozen=True)
class Evidence:
    """`acts`: acknowledged while nothing was down. `late_looks`: refused since a no had been acknowledged before."""

    acts: Counter[Kind]
    looks_with_data: int
    late_looks: int
    sent_again: int
    kills: Counter[str]
    samples: dict[str, int]

    def lacking(self, kills: Iterable[str]) -> list[str]:
        """What did not happen although it has to, where these kinds of kill were planned."""
        found = [f"no {kind} was acknowledged while nothing was down" for kind in Kind if not self.acts[kind]]
        if not self.looks_with_data:
            found.append("no look showed data")
        if not self.late_looks:
            found.append("nobody looked again after a no")
        found += [f"the {what} was never killed" for what in kills if not self.kills[what]]
        found += [
            f"memory of the {name} was sampled {self.samples.get(name, 0)} times of one process, {LEAST_SAMPLES} needed"
            for name in hardly_sampled(self.samples)
        ]
        return [f"too little: {one}" for one in found]

    def in_words(self) -> list[str]:
        acts = ", ".join(f"{kind} {self.acts[kind]}" for kind in Kind)
        kills = ", ".join(f"{what} {number}" for what, number in sorted(self.kills.items())) or "none"
        samples = ", ".join(f"{name} {number}" for name, number in sorted(self.samples.items())) or "none"
        return [
            f"acknowledged while nothing was down: {acts}",
            f"looks with data: {self.looks_with_data}; refused after a no: {self.late_looks}",
            f"forms sent again: {self.sent_again}",
            f"kills: {kills}",
            f"memory samples of one process: {samples}",
        ]


def gather(calls: Sequence[Call], facts: Facts, outages: Sequence[Outage], memory: Memory) -> Evidence:
    forms = Counter((call.kind, call.token) for call in calls if call.token)
    return Evidence(
        acts=Counter(call.kind for call in calls if call.outcome == Outcome.OK and not is_during(call, outages)),
        looks_with_data=sum(call.data for call in calls),
        late_looks=late_looks(calls, facts),
        sent_again=sum(times > 1 for times in forms.values()),
        kills=Counter(outage.what for outage in outages),
        samples=longest(memory),
    )


def longest(memory: Memory) -> dict[str, int]:
    """How often that process of each kind was sampled which was sampled most."""
    samples: dict[str, int] = {}
    for (name, _process), sizes in memory.items():
        samples[name] = max(samples.get(name, 0), len(sizes))
    return samples


def hardly_sampled(samples: Mapping[str, int]) -> list[str]:
    return [name for name in MEASURED if samples.get(name, 0) < LEAST_SAMPLES]


def late_looks(calls: Sequence[Call], facts: Facts) -> int:
    """Of grants that had shown data."""
    looks = defaultdict(list)
    for look in of(calls, Kind.OPEN):
        looks[look.grant].append(look)
    found = 0
    for grant, seen in looks.items():
        over = min((no.end for no in noes(list(calls), facts.grants.get(grant), facts)), default=float("inf"))
        if any(look.data for look in seen):
            found += sum(look.outcome == Outcome.REFUSED and look.start > over for look in seen)
    return found


def is_during(call: Call, outages: Iterable[Outage]) -> bool:
    return any(call.start <= outage.end and outage.start <= call.end for outage in outages)


def grown(memory: Memory) -> list[str]:
    found = []
    for name, sizes in measured(memory):
        early, late = halves(sizes)
        if late > early + MAY_GROW:
            found.append(f"memory: the {name} grew from {early:.0f} to {late:.0f} MiB")
    return found


def measured(memory: Memory) -> list[tuple[str, Sequence[float]]]:
    """Processes that were sampled often enough to say something."""
    return [(name, sizes) for (name, _process), sizes in memory.items() if len(sizes) >= LEAST_SAMPLES]


def halves(sizes: Sequence[float]) -> tuple[float, float]:
    """Median of the second quarter and of the last one."""
    quarter = max(1, len(sizes) // 4)
    return statistics.median(sizes[quarter : 2 * quarter] or sizes), statistics.median(sizes[-quarter:])
