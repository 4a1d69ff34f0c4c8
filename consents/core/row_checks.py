"""CHECKs that many tables have, each of columns of its own."""

from typing import Any

from django.db.models import CheckConstraint, F, Q


def require_all_or_none(*columns: str, name: str, **then: Any) -> CheckConstraint:
    """Require that these columns are filled together, in a row that is then as `then` says, or not at all."""
    filled = {f"{column}__isnull": False for column in columns}
    return CheckConstraint(condition=Q(**dict.fromkeys(filled, True)) | Q(**filled, **then), name=name)


def require_another(column: str, than: str, *, name: str) -> CheckConstraint:
    """Require of a column that it is empty, or holds another value than that one: two people, not one."""
    return CheckConstraint(condition=Q(**{f"{column}__isnull": True}) | ~Q(**{column: F(than)}), name=name)
