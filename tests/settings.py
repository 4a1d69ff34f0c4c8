"""The portal's settings for tests: test mode and one embedded server of their own for all workers of a run."""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Databases are made and dropped by the dozen, each of a thousand files: in memory that takes a tenth of the time.
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
os.environ["PORTAL_MODE"] = "test"
os.environ.setdefault("PORTAL_POSTGRES_FAST", "1")
# A busy machine is no fault.
os.environ.setdefault("PORTAL_POSTGRES_START_SECONDS", "120")
# A folder of their own for each checkout, so that a running demo and other copies are left alone.
COPY = hashlib.sha256(__file__.encode()).hexdigest()[:8]
os.environ.setdefault("PORTAL_VAR", str(Path(tempfile.gettempdir()) / f"portal-tests-{os.getuid()}-{COPY}"))
# Where the environment wants no bytecode beside the sources, every worker and every program that a test starts would
# compile all of Django again: it is kept in the tests' own folder.
if sys.dont_write_bytecode:
    BYTECODE = Path(os.environ["PORTAL_VAR"], "bytecode")
    BYTECODE.mkdir(mode=0o700, parents=True, exist_ok=True)
    if BYTECODE.stat().st_uid == os.getuid():
        sys.dont_write_bytecode = False
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(BYTECODE)

from portal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "checkpoints": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
# Static files straight from their folders: nothing to collect.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# Tests of the second factor turn it on; the others sign staff in without one.
PORTAL_STAFF_MFA = "off"
