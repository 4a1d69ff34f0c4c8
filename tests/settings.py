"""The portal's settings for tests: test mode and one embedded server of their own for all workers of a run."""

import hashlib
import os
import tempfile
from pathlib import Path

os.environ["PORTAL_MODE"] = "test"
os.environ.setdefault("PORTAL_POSTGRES_FAST", "1")
# A folder of their own for each checkout, so that a running demo and other copies are left alone.
COPY = hashlib.sha256(__file__.encode()).hexdigest()[:8]
os.environ.setdefault("PORTAL_VAR", str(Path(tempfile.gettempdir()) / f"portal-tests-{os.getuid()}-{COPY}"))

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
