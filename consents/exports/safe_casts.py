"""Cast what entries of the ledger hold, which nobody can take back: what is none of its kind is left out, so that no
entry makes an export fail for ever."""


def cast_if_valid(text: str, kind: str) -> str:
    """Spell, in SQL, the cast of a text that any entry may hold; NULL where it is none of this kind."""
    return f"CASE WHEN pg_input_is_valid({text}, '{kind}') THEN ({text})::{kind} END"


def cast_moment_if_valid(text: str) -> str:
    """Spell, in SQL, the cast of a text to a moment; NULL where it is none that every program reads: 'infinity'."""
    moment = cast_if_valid(text, "timestamptz")
    return f"CASE WHEN {moment} BETWEEN '1900-01-01Z' AND '9000-01-01Z' THEN ({text})::timestamptz END"
