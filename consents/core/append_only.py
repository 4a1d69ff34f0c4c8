"""Base models of tables that only grow: changes are refused by privilege, by trigger and, politely, by the model."""

from typing import Any, Self

from django.db import models


class AppendOnlyViolation(TypeError):
    """Signal a bug: code tried to change or delete a row of an append-only table."""


class AppendOnlyQuerySet[M: models.Model](models.QuerySet[M]):
    def update(self, **changes: Any) -> int:
        raise AppendOnlyViolation(self.model.__name__)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation(self.model.__name__)


class AppendOnlyModel(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Name the row for whoever reads code or tests; what a page shows by its name has one of its own."""
        return f"{self._meta.model_name} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyViolation(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyViolation(type(self).__name__)

    @classmethod
    def record(cls, **values: Any) -> Self:
        return cls.objects.create(**values)
