"""What a test does as the owner, past the portal, beside the application: neither has to learn the tables anew."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# At most one, for the whole run.
KEPT: list[BaseDatabaseWrapper] = []


@contextmanager
def acting_as_owner() -> Iterator[BaseDatabaseWrapper]:
    """As `as_owner` of the portal, which ends the application's connection and then its own: both are kept here."""
    application = connections["default"]
    connections["default"] = find_connection(application)
    try:
        yield connections["default"]
    finally:
        connections["default"] = application


def find_connection(application: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    if not KEPT:
        owner = connections.create_connection("default")
        name = application.settings_dict["NAME"]
        owner.settings_dict = application.settings_dict | {"OPTIONS": {}} | settings.DATABASE_OWNER | {"NAME": name}
        KEPT.append(owner)
    return KEPT[0]


def end_connection() -> None:
    while KEPT:
        KEPT.pop().close()
