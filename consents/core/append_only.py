"""Tables that only grow: refused by privilege, by trigger and, politely, by the model."""

from typing import Any, Self

from django.db import migrations, models


class HistoryIsNotEdited(TypeError):
    """A bug: code tried to change or delete a row of an append-only table."""


class AppendOnlyQuerySet[M: models.Model](models.QuerySet[M]):
    def update(self, **changes: Any) -> int:
        raise HistoryIsNotEdited(self.model.__name__)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise HistoryIsNotEdited(self.model.__name__)


class AppendOnlyModel(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise HistoryIsNotEdited(type(self).__name__)
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise HistoryIsNotEdited(type(self).__name__)

    @classmethod
    def record(cls, **values: Any) -> Self:
        return cls.objects.create(**values)


def append_only(table: str) -> migrations.RunSQL:
    """Migration operation: the application role may add rows to `table` and nobody may change or remove any.

    ENABLE ALWAYS, so that `session_replication_role = replica` does not silence the triggers.
    """
    return migrations.RunSQL(
        f"""
        REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM portal_app;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate;
        """,
        f"""
        DROP TRIGGER {table}_append_only ON {table};
        DROP TRIGGER {table}_no_truncate ON {table};
        GRANT UPDATE, DELETE ON {table} TO portal_app;
        """,
    )
