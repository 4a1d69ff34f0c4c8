"""Officers read what an undelivered email is about in words, never its code and never its subject."""

from django.conf import settings

from consents.notifications.rules import SEALED
from consents.notifications.staff.admin import KIND_WORDS, describe_kind


def test_every_email_there_is_has_words():
    written = {
        path.name.removesuffix("_message.txt") for path in settings.BASE_DIR.glob("templates/email/*_message.txt")
    }
    assert len(written) > 50
    assert written | SEALED == set(KIND_WORDS)


def test_one_of_an_older_portal_is_told_by_its_name():
    assert describe_kind("parcel_lost") == "Parcel lost"
