"""Look at everything that must be in order before the portal serves, one sentence each, and go on after a fault.

Nothing is changed: places outside get one small object, `probe/doctor`, that shows that they can be written and that
nothing there is written over.
"""

import os
import shutil
import smtplib
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.storage import Storage
from django.core.mail import get_connection
from django.core.validators import validate_email
from django.db import DatabaseError, connection
from django.utils.text import capfirst
from psycopg import Error as DriverError

from consents.catalogue.selectors import select_in_force
from consents.copies import file_checks
from consents.core import keys
from consents.core.refusals import Refusal
from consents.ledger import checkpoints
from consents.ledger.journal import get_journal_place
from consents.ops.backups import programs
from consents.ops.embedded import CannotStart
from consents.ops.index_rotation import is_rotation_due
from consents.ops.running import checks, from_outside
from consents.people.models import Role, StaffMember
from consents.systems.selectors import list_told_systems, select_troubled_receivers
from consents.systems.sending import NoSecret, read_secrets

OK, WARNING, WRONG = "ok", "look", "wrong"
Found = Iterator[tuple[str, str]]


def check_systems() -> Found:
    purposes = set(select_in_force().values_list("purpose__code", flat=True))
    for system in settings.PORTAL_SYSTEMS:
        if unknown := ", ".join(sorted(system.purposes - purposes)):
            yield WARNING, f"PORTAL_SYSTEMS names purposes of {system.name} that are not in use here: {unknown}."
    yield from check_receivers()
    yield OK, f"Systems that may ask for decisions, about purposes in use alone: {len(settings.PORTAL_SYSTEMS)}."


def check_receivers() -> Found:
    for system in list_told_systems():
        try:
            read_secrets(settings.PORTAL_KEYS, system.name)
        except NoSecret:
            yield WRONG, f"{system.name} is told nothing: `manage.py make_webhook_secret {system.name}` first."
    for receiver in select_troubled_receivers():
        yield WARNING, f"{receiver.name} misses webhooks ({receiver.waiting} waiting, {receiver.given_up} given up)."


PROBE = "probe/doctor"
OLDEST = 17  # PostgreSQL
LEAST_FREE = 500 * 2**20  # bytes
EXPLAINED = (Refusal, ImproperlyConfigured, CannotStart, checkpoints.StorageUnavailable)


class Finding(NamedTuple):
    """Tells what was found of one part: `ok`, `look` (it serves all the same), or `wrong`."""

    part: str
    state: str
    sentence: str


def examine_installation() -> Iterator[Finding]:
    """Yield what every check finds; one that cannot be made is a finding, too."""
    for part, check in CHECKS.items():
        try:
            yield from drop_praise(Finding(part, *finding) for finding in check())
        except EXPLAINED as reason:
            yield Finding(part, WRONG, str(reason))
        except (DatabaseError, DriverError, OSError, smtplib.SMTPException) as reason:
            yield Finding(part, WRONG, f"It does not answer ({type(reason).__name__}).")


def drop_praise(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is in order about a part of which something is not."""
    is_troubled = False
    for finding in findings:
        is_troubled = is_troubled or finding.state != OK
        if finding.state != OK or not is_troubled:
            yield finding


def check_variables() -> Found:
    for sentence in checks.find_unknown_names():
        yield WRONG, sentence
    checks.check_values()
    yield OK, f"Variables read from the environment: {len(settings.PORTAL_VARIABLES & set(os.environ))}."


def check_role_addresses() -> Found:
    checks.check_addresses()
    yield OK, "No other role's address is here."


def check_identity() -> Found:
    """Look for what was left as an example: customers would read it."""
    if settings.PORTAL_COMPANY == "Example Co" or settings.PORTAL_ADDRESS == "1 Example Street, Dublin":
        yield WARNING, "PORTAL_COMPANY or PORTAL_ADDRESS is still the example, and customers read it."
    for name in ("PORTAL_EMAIL", "DEFAULT_FROM_EMAIL"):
        try:
            validate_email(getattr(settings, name).rpartition("<")[2].rstrip(">"))
        except ValidationError:
            yield WRONG, f"{name.replace('DEFAULT_FROM_EMAIL', 'PORTAL_MAIL_FROM')} is no address that can get email."
    yield OK, f"{settings.PORTAL_COMPANY}, {settings.PORTAL_COUNTRY}, times in {settings.TIME_ZONE}."


def check_public_address() -> Found:
    address = urlsplit(settings.PORTAL_URL)
    if settings.SECURE and address.scheme != "https":
        yield WRONG, "PORTAL_URL does not begin with https://, and browsers keep sign-ins for https alone."
    if address.hostname and not is_allowed(address.hostname):
        yield WRONG, f"PORTAL_HOSTS does not name {address.hostname}, the host of PORTAL_URL: every page answers 400."
    if not settings.PORTAL_PROXIES:
        yield WARNING, "PORTAL_PROXIES names no proxy: everybody behind one counts as one address."
    yield OK, settings.PORTAL_URL


def is_allowed(host: str) -> bool:
    allowed: list[str] = settings.ALLOWED_HOSTS
    return any(name in ("*", host) or (name.startswith(".") and f".{host}".endswith(name)) for name in allowed)


def check_folders() -> Found:
    for name in ("PORTAL_VAR", "PORTAL_EXPORTS"):
        folder = Path(getattr(settings, name))
        place = next(place for place in (folder, *folder.parents) if place.exists())
        if not os.access(place, os.W_OK | os.X_OK):
            yield WRONG, f"{name}: {folder} cannot be written."
        elif (free := shutil.disk_usage(place).free) < LEAST_FREE:
            yield WARNING, f"{name}: the disk of {folder} has {free // 2**20} MB left."
    yield OK, f"{settings.PORTAL_VAR} and {settings.PORTAL_EXPORTS} can be written."


def check_keys() -> Found:
    keys.load_keyring(settings.PORTAL_KEYS)
    open_to_others = [path.name for path in settings.PORTAL_KEYS.iterdir() if path.stat().st_mode & 0o077]
    if open_to_others and stat.S_IMODE(settings.PORTAL_KEYS.stat().st_mode) != 0o700:
        yield WRONG, f"Others on this machine can read keys in {settings.PORTAL_KEYS}: chmod 700 the folder."
    yield OK, "The keys are whole; keep a copy apart from the database and its backups."


def check_index_key() -> Found:
    if is_rotation_due():
        yield WARNING, "A new one is not in use everywhere yet: `manage.py rotate_keys --index --continue`."
    yield OK, "What records are found by was made with the newest one."


def check_database() -> Found:
    connection.ensure_connection()
    version = connection.connection.info.server_version // 10_000
    if version < OLDEST:
        yield WRONG, f"It is PostgreSQL {version}; {OLDEST} or newer is needed."
    info, speaking = connection.connection.info, connection.connection.pgconn
    if not speaking.ssl_in_use and not programs.is_on_this_machine(info):
        yield WRONG, f"The connection to {info.host} is not encrypted: add ?sslmode=require to DATABASE_URL."
    checks.check_database()
    checks.check_connections()
    yield OK, f"PostgreSQL {version} answers as portal_app, with every rule in place."


def check_clock() -> Found:
    skew = measure_clock_skew()
    if abs(skew) > MOST_SECONDS:
        yield WRONG, f"This machine's clock is {skew:+.0f} seconds off the database's: sign-in codes would not fit."
    yield OK, f"This machine's clock is {skew:+.1f} seconds off the database's."


def check_checkpoints() -> Found:
    probe_storage(checkpoints.get_checkpoint_storage(), "checkpoints")
    yield OK, "The place of the checkpoints can be read and written, and nothing there is written over."


def check_journal() -> Found:
    place = get_journal_place()
    if isinstance(place, Storage):
        probe_storage(place, "journal")
    else:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(place, os.W_OK | os.X_OK):
            raise ImproperlyConfigured(f"PORTAL_JOURNAL: {place} cannot be written.")
        yield OK, "Kept in a folder: where several machines serve, they share it."
    yield OK, "The place of the journal can be read and written."


def probe_storage(storage: Storage, what: str) -> None:
    """Write once, see that a second writer is refused, and read back. Raises StorageUnavailable."""
    checkpoints.create_note(storage, PROBE, "doctor\n")
    with checkpoints.translate_storage_errors(what):
        if checkpoints.create_once(storage, PROBE, b"another\n") or checkpoints.read_note(storage, PROBE) != "doctor\n":
            raise checkpoints.StorageUnavailable(f"The place of the {what} lets others overwrite what is there.")


def check_outside() -> Found:
    state = from_outside.compare_with_outside()
    if state != from_outside.OK:
        yield WRONG, capfirst(from_outside.SENTENCES[state])
    yield OK, "Database, checkpoints and journal belong together."


def check_officers() -> Found:
    roles = set(StaffMember.objects.filter(ended_at=None).values_list("role", flat=True))
    for role in (Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER):
        if role not in roles:
            yield WARNING, f"Nobody is {role.label}: `manage.py invite_staff`."
    yield OK, "Alarms go to the officers."


def check_mail() -> Found:
    with get_connection():
        yield OK, "The mail server lets us in."


def check_scanner() -> Found:
    if not file_checks.has_scanner():
        yield OK, "Not asked: PORTAL_SCANNER is not set. Files are judged by the portal's own checks."
    elif file_checks.is_scanner_ready():
        yield OK, "The virus scanner answers."
    else:
        yield WRONG, "No clamd answers where PORTAL_SCANNER says: until one does, no file can be added to a copy."


def check_programs() -> Found:
    if settings.DATABASE_BACKUP is None:
        yield OK, "Not looked at: DATABASE_BACKUP_URL is not set, so no backup is made from here."
        return
    tools = programs.choose_programs(programs.as_backup())
    yield OK, f"Backups use those of PostgreSQL {tools.version} in {tools.folder}."


CHECKS: dict[str, Callable[[], Found]] = {
    "variables": check_variables,
    "other roles": check_role_addresses,
    "company": check_identity,
    "address": check_public_address,
    "folders": check_folders,
    "keys": check_keys,
    "database": check_database,
    "index key": check_index_key,
    "clock": check_clock,
    "scanner": check_scanner,
    "checkpoints": check_checkpoints,
    "journal": check_journal,
    "outside": check_outside,
    "officers": check_officers,
    "mail": check_mail,
    "systems": check_systems,
    "backup programs": check_programs,
}


MOST_SECONDS = 30  # a code of a second factor counts for as long


def measure_clock_skew() -> float:
    """Return the seconds by which this machine's clock is ahead. Raises DatabaseError."""
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        [theirs] = cursor.fetchone()
        return (before + time.time()) / 2 - float(theirs)
