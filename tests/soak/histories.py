"""Short histories of calls and answers, lawful and not."""

from tests.soak.checker import Asked, Facts, Granted
from tests.soak.history import Call, Kind, Outcome

ASKED = Asked("r", "ada", "support", "approved", "all", ("approved",))


GRANT = Granted("g", "r", ("sam", "ada", "orders", "support"), 10, 25, True)


OPENED = (("g", 12.5),)


GOOD = Facts({"r": ASKED}, {"g": GRANT}, OPENED, OPENED, {})


def call(kind: Kind, start: float, end: float, outcome: Outcome = Outcome.OK, **more) -> Call:
    values = {"client": 1, "customer": "ada", "object": "r", "status": 200} | more
    return Call(kind=kind, start=start, end=end, outcome=outcome, **values)


def look(start: float, end: float, *, data: bool = True, **more) -> Call:
    outcome = Outcome.OK if data else Outcome.REFUSED
    return call(Kind.OPEN, start, end, **{"outcome": outcome, "grant": "g", "data": data} | more)


ANSWERED = call(Kind.ANSWER, 9, 11, said="all", token="t")


LOOKED = look(12, 13)


STOPPED = call(Kind.STOP, 24, 26)


LAWFUL = [call(Kind.ASK, 1, 2, made="r", object=""), ANSWERED, LOOKED, STOPPED, look(27, 28, data=False)]


GIVEN = call(Kind.GIVE, 1, 2, object="offers")


WITHDRAWN = call(Kind.WITHDRAW, 3, 4, object="offers")
