"""The one clock: the database's. Python never asks its own for a moment that counts."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class DatabaseNow(Func):
    """`portal_now()`: the start of the running statement. Default of every stored moment."""

    function = "portal_now"
    arity = 0
    output_field = DateTimeField()


def now() -> datetime:
    """The moment of this act (aware, UTC). Ask once per act and hand it on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_now()")
        moment: datetime = cursor.fetchone()[0]
        return moment
