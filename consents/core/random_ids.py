"""Base model of rows named by a random id: it tells neither how many there are, nor which was made first."""

import uuid

from django.db import models


class RandomIdModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True
