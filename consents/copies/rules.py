"""Limits of copies and collection codes. Pure."""

from datetime import timedelta

PACKAGE_LIFETIME = timedelta(days=14)
MAX_TRIES = 10  # wrong codes per package; then the code ends, and an officer must make another
