"""Whether a soak has seen enough for "all is well" to mean something: what did not happen was not judged. Pure."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.soak.checker import Facts, noes, of
from tests.soak.history import Call, Kind, Outage, Outcome

MEASURED = ("serve", "web", "web process", "worker", "database session")  # what must not grow
# Answered calls until what was started again has loaded nearly everything. Measured: a web process has 80 MiB at first,
# 113 after 3,000 calls and 114 after 4,000; the largest session of the database 16.1 after 4,000, 17.1 after 8,500 and
# 17.5 after 20,000. All sessions together would tell how many were used, of those that the threads of the web keep.
WARM_UP_CALLS = 4000
# Of one process that is warm: fewer show no trend.
LEAST_SAMPLES = 40
MOST_SAMPLES = 150  # that a trend is taken from
# Memory is flat when its trend comes to no more than so many MiB, or MiB a second where it was watched for long. Of a
# session less: there are as many as threads.
MAY_GROW, MAY_GROW_A_SECOND = 8.0, 0.05
SESSION_MAY_GROW, SESSION_MAY_GROW_A_SECOND = 2.0, 0.01


@dataclass(frozen=True)
class Sample:
    """MiB of a process's own at some second, when so many calls had been answered since anything was killed.

    The sessions of one database server are sampled as one: their largest.
    """

    calls: int
    second: float
    size: float


# In order of time, of each process, by kind of program and process id.
Memory = Mapping[tuple[str, int], Sequence[Sample]]


@dataclass(frozen=True)
class Evidence:
    """`acts`: acknowledged while nothing was down. `late_looks`: refused since a no had been acknowledged before."""

    acts: Counter[Kind]
    looks_with_data: int
    late_looks: int
    sent_again: int
    kills: Counter[str]
    samples: dict[str, int]

    def lacking(self, kills: Iterable[str], *, is_long: bool = True) -> list[str]:
        """What did not happen although it has to, where these kinds of kill were planned; a short soak does not judge
        memory."""
        found = [f"no {kind} was acknowledged while nothing was down" for kind in Kind if not self.acts[kind]]
        if not self.looks_with_data:
            found.append("no look showed data")
        if not self.late_looks:
            found.append("nobody looked again after a no")
        found += [f"the {what} was never killed" for what in kills if not self.kills[what]]
        found += [
            f"memory of the {name} was sampled {self.samples.get(name, 0)} times of one warm process, "
            f"{LEAST_SAMPLES} needed"
            for name in hardly_sampled(self.samples)
            if is_long
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
            f"memory samples of one warm process: {samples}",
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
    """How often that process of each kind was sampled, when it was warm, which was sampled most."""
    samples: dict[str, int] = {}
    for (name, _process), own in memory.items():
        samples[name] = max(samples.get(name, 0), len(warm(own)))
    return samples


def hardly_sampled(samples: Mapping[str, int]) -> list[str]:
    return [name for name in MEASURED if samples.get(name, 0) < LEAST_SAMPLES]


def late_looks(calls: Sequence[Call], facts: Facts) -> int:
    """Of grants that had shown data."""
    looks = defaultdict(list)
    for look in of(calls, Kind.OPEN):
        looks[look.grant].append(look)
    found, ends = 0, of(calls, Kind.STOP, Kind.WITHDRAW)
    for grant, seen in looks.items():
        over = min((no.end for no in noes(ends, facts.grants.get(grant), facts)), default=float("inf"))
        if any(look.data for look in seen):
            found += sum(look.outcome == Outcome.REFUSED and look.start > over for look in seen)
    return found


def is_enough(calls: Sequence[Call], outages: Sequence[Outage]) -> bool:
    """Whether each kind of act was acknowledged while nothing was down, and somebody looked again, in vain, at what had
    been stopped. A soak goes on until then."""
    quiet = [call for call in list(calls) if call.outcome == Outcome.OK and not is_during(call, outages)]
    stops = {call.object: call.end for call in reversed(quiet) if call.kind == Kind.STOP}
    shown = {call.grant for call in calls if call.data}
    late = (
        look.outcome == Outcome.REFUSED and look.grant in shown and look.start > stops.get(look.object, float("inf"))
        for look in of(calls, Kind.OPEN)
    )
    return {call.kind for call in quiet} >= {*Kind} and any(late)


def is_during(call: Call, outages: Iterable[Outage]) -> bool:
    return any(call.start <= outage.end and outage.start <= call.end for outage in outages)


def grown(memory: Memory) -> list[str]:
    return [
        f"memory: the {name} grew by {growth(samples):.0f} MiB in {seconds(samples):.0f} s"
        for (name, _process), own in memory.items()
        if len(samples := warm(own)) >= LEAST_SAMPLES and growth(samples) > may_grow(name, seconds(samples))
    ]


def may_grow(name: str, seconds: float) -> float:
    """MiB in that time."""
    if name == "database session":
        return max(SESSION_MAY_GROW, SESSION_MAY_GROW_A_SECOND * seconds)
    return max(MAY_GROW, MAY_GROW_A_SECOND * seconds)


def warm(samples: Iterable[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.calls >= WARM_UP_CALLS]


def seconds(samples: Sequence[Sample]) -> float:
    return samples[-1].second - samples[0].second


def growth(samples: Sequence[Sample]) -> float:
    """MiB over the whole time, by the median slope between any two samples (Theil and Sen): a peak is no growth."""
    some = samples[:: 1 + len(samples) // MOST_SAMPLES]
    slopes = [(later.size - earlier.size) / (later.second - earlier.second) for earlier, later in combinations(some, 2)]
    return statistics.median(slopes) * seconds(samples)


def memory_in_words(memory: Memory) -> list[str]:
    return [
        f"memory of the {name}: first {own[0].size:.1f}, last {own[-1].size:.1f} MiB in {seconds(own):.0f} s; "
        f"{trend(own)}"
        for (name, _process), own in sorted(memory.items())
    ]


def trend(own: Sequence[Sample]) -> str:
    samples = warm(own)
    if len(samples) < LEAST_SAMPLES:
        return "not judged: too few calls and samples"
    return f"when warm {60 * growth(samples) / seconds(samples):+.2f} MiB a minute for {seconds(samples):.0f} s"
