"""Keep what the company's directory tells of its people and groups. It opens nothing."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from consents.core.canonical import is_texts_by_name
from consents.core.clock import DatabaseNow
from consents.core.grouped_ids import RandomIdModel


class DirectoryGroup(RandomIdModel):
    """A group of the company's directory, as its provisioning tells it. What its members are here, the settings say."""

    name = models.CharField(max_length=254)
    external = models.CharField(max_length=254, blank=True)
    told_at = models.DateTimeField(db_default=DatabaseNow())
    changed_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="people_directorygroup_named"),
            models.UniqueConstraint(Lower("name"), name="people_directorygroup_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DirectoryPerson(RandomIdModel):
    """A person of the company's directory, as its provisioning tells them. It opens nothing: a membership does.

    `name`: what the directory calls them, an email address for whoever shall work here. `is_active` is NULL where it
    does not say. `place`: role and team that they last got by it. `user`: their account, once they had a place.
    `manager`: whom the directory names as theirs, if it has told of them.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="directory_person"
    )
    name = models.CharField(max_length=254)
    given_name = models.CharField(max_length=254, blank=True)
    family_name = models.CharField(max_length=254, blank=True)
    external = models.CharField(max_length=254, blank=True)
    is_active = models.BooleanField(null=True)
    place = models.JSONField(null=True)
    manager = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="reports")
    groups = models.ManyToManyField(DirectoryGroup, related_name="people")
    told_at = models.DateTimeField(db_default=DatabaseNow())
    changed_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="people_directoryperson_named"),
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(is_texts_by_name("place")), name="people_directoryperson_place"
            ),
            models.UniqueConstraint(Lower("name"), name="people_directoryperson_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)
