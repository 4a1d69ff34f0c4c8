"""Views of the queue that officers keep for themselves."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.core.json_shapes import is_texts_by_name
from consents.people.models import StaffMember

LONGEST_NAME = 40


class SavedView(models.Model):
    """Filters and order of the queue under a name of an officer's own; `query` names them as the list's address does.

    Theirs alone, and nothing follows from it: as a draft, it is not on record. `is_first`: what the list opens with.
    """

    owner = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    query = models.JSONField(default=dict)
    is_first = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="rights_savedview_once"),
            models.UniqueConstraint(fields=["owner"], condition=Q(is_first=True), name="rights_savedview_one_first"),
            models.CheckConstraint(condition=~Q(name=""), name="rights_savedview_has_a_name"),
            models.CheckConstraint(condition=is_texts_by_name("query"), name="rights_savedview_query"),
        ]

    def __str__(self) -> str:
        return self.name
