"""Taking records out: asked for and on record first, agreed to where they are personal, then written and handed out."""

from consents.exports.services.asking import approve, make
from consents.exports.services.delivering import (
    AT_ONCE,
    PLACES,
    BeingWritten,
    Delivery,
    TooManyExports,
    deliver,
    finish,
)
from consents.exports.services.looking import NotYetKnown, look_over

__all__ = [
    "AT_ONCE",
    "PLACES",
    "BeingWritten",
    "Delivery",
    "NotYetKnown",
    "TooManyExports",
    "approve",
    "deliver",
    "finish",
    "look_over",
    "make",
]
