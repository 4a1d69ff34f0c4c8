"""Read the one clock, the database's. Python never asks its own clock for a moment that counts."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class DatabaseNow(Func):
    """`portal.now()`: the start of the running statement. Default of every stored moment."""

    function = "portal.now"
    arity = 0
    output_field = DateTimeField()


def now() -> datetime:
    """Return the moment of this act (aware, UTC). Ask once per act and hand it on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.now()")
        moment: datetime = cursor.fetchone()[0]
        return moment
