"""Why the embedded server cannot run, in one sentence a person can act on."""

import errno
from pathlib import Path

ELSEWHERE = "set DATABASE_URL and DATABASE_OWNER_URL to use a PostgreSQL server of your own"

_NO_SPACE = (
    "No space is left on the disk that holds {folder}: free some, or set PORTAL_VAR to a folder on another disk."
)
_OTHER_VERSION = (
    "The database in {folder} was made by another version of PostgreSQL than the one installed with the portal: dump "
    "it with that version and restore it here, or set PORTAL_VAR to a new folder."
)
_IN_USE = (
    "The database in {folder} is in use by another PostgreSQL server that the portal cannot join: stop that server, "
    f"set PORTAL_VAR to another folder, or {ELSEWHERE}."
)
_NO_RIGHT = (
    "The database server was refused access to {folder} ({last_line}): correct the rights of that folder, or set "
    "PORTAL_VAR to one that you own."
)
_NO_MEMORY = (
    "The system did not give the database server the memory it asked for ({last_line}): free some memory, or "
    f"{ELSEWHERE}."
)
# What PostgreSQL says (in English, we see to that) and what it means here. The first match wins.
_MEANINGS = (
    (("No space left on device", "Disk quota exceeded"), _NO_SPACE),
    (("incompatible with server", "was initialized by PostgreSQL version"), _OTHER_VERSION),
    (('" already exists', "pre-existing shared memory block", "Address already in use"), _IN_USE),
    (("wrong ownership", "invalid permissions", "Permission denied", "not permitted", "Read-only"), _NO_RIGHT),
    (("shared memory", "semaphores", "Cannot allocate memory"), _NO_MEMORY),
)
_UNKNOWN = "The embedded database server did not start ({last_line}). More is in {log}."


class CannotStart(Exception):
    """The embedded server cannot run; the text is one sentence saying what to do."""


def explain(complaint: str, *, folder: Path, log: Path) -> CannotStart:
    """What a failed initdb or postgres meant by its complaint."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    last_line = (told or lines or ["it said nothing"])[-1].strip()
    for signs, meaning in _MEANINGS:
        if any(sign in complaint for sign in signs):
            return CannotStart(meaning.format(folder=folder, log=log, last_line=last_line))
    return CannotStart(_UNKNOWN.format(folder=folder, log=log, last_line=last_line))


def explain_system(error: OSError, *, folder: Path) -> CannotStart:
    """What a failed system call on one of our folders meant."""
    where = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return explain("No space left on device", folder=folder, log=folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return CannotStart(
            f"The embedded database may not write to {where} ({error.strerror}): correct the rights of that folder, or "
            "set PORTAL_VAR to one that you own."
        )
    return CannotStart(f"The embedded database cannot use {where}: {error.strerror or error}.")
