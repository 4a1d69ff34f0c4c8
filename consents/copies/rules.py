"""Limits of copies and collection codes, and what may be a part of a copy. Pure."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

PACKAGE_LIFETIME = timedelta(days=14)
# By then the job has made its last try (`copies.tasks`).
TRIED_FOR = timedelta(days=1)
MAX_TRIES = 10  # wrong codes per package; then the code ends, and an officer must make another
MOST_FILES = 50  # of one copy
MEGABYTE = 1024 * 1024


class LeftOut(TextChoices):
    """Say what of a file is not sent, because it is about other people."""

    NOTHING = "nothing", _("Nothing: all of it is sent")
    PART = "part", _("Parts about other people, which are blacked out in the file")
    WHOLE = "whole", _("The whole file, which is about other people throughout")
