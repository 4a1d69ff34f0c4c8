"""Why the embedded server cannot run, in one sentence a person can act on."""

from pathlib import Path

ELSEWHERE = "set DATABASE_URL and DATABASE_OWNER_URL to use a PostgreSQL server of your own"
# What PostgreSQL or the system says (always in English here), and what to do about it. The first match wins.
_ADVICE = (
    (
        ("No space left", "quota exceeded"),
        "free some space, or set PORTAL_VAR to a folder on another disk",
    ),
    (
        ("incompatible with server",),
        "it was made by another version of PostgreSQL: dump it with that version and restore it here, or set "
        "PORTAL_VAR to a new folder",
    ),
    (
        ('" already exists', "pre-existing shared memory block", "Address already in use"),
        f"stop the other server that uses it, set PORTAL_VAR to another folder, or {ELSEWHERE}",
    ),
    (
        ("wrong ownership", "invalid permissions", "Permission denied", "not permitted", "Read-only"),
        "correct the rights of that folder, or set PORTAL_VAR to one that you own",
    ),
    (("shared memory", "semaphores", "Cannot allocate memory"), f"free some memory, or {ELSEWHERE}"),
)


class CannotStart(Exception):
    """The portal cannot start; the text is one sentence that says what to do."""


def explain_failure(complaint: str, home: Path) -> CannotStart:
    """Turn what initdb, postgres or the system complained of into a sentence."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    grave = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    reason = (grave or lines or ["it said nothing"])[-1]
    advice = next((advice for signs, advice in _ADVICE if any(sign in complaint for sign in signs)), None)
    return CannotStart(
        f"The embedded database in {home} does not start ({reason}): {advice or f'see {home / "server.log"}'}."
    )


def explain_system_error(error: OSError, home: Path) -> CannotStart:
    return explain_failure(f"{error.filename or home}: {error.strerror or error}", home)
