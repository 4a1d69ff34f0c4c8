from typing import Any

from django.db import models


class HashIndex(models.Index):
    """An index that finds equal values alone, USING hash. Django's own needs all of `django.contrib.postgres`, which
    asks each connection for types that nobody here uses.
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        return super().create_sql(model, schema_editor, using=" USING hash", **kwargs)
