"""Acts on the catalogue, by story."""

from consents.catalogue.services.categories import (
    CategoryIsPublished,
    draft_category,
    publish_category,
    save_category,
)
from consents.catalogue.services.publishing import check_may_publish, note_lost, publish
from consents.catalogue.services.purposes import RetiredAlready, hold_still, retire, save_purpose
from consents.catalogue.services.recipients import RecipientIsPublished, save_recipient
from consents.catalogue.services.versions import AlreadyPublished, Draft, next_version, save_version

__all__ = [
    "AlreadyPublished",
    "CategoryIsPublished",
    "Draft",
    "check_may_publish",
    "RecipientIsPublished",
    "RetiredAlready",
    "draft_category",
    "hold_still",
    "next_version",
    "note_lost",
    "publish",
    "publish_category",
    "retire",
    "save_category",
    "save_purpose",
    "save_recipient",
    "save_version",
]
