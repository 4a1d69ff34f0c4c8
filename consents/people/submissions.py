"""A form counts once, however often it is sent: a double press, a reload, a retry after a lost answer.

Every form of ours that changes something carries a token of its own (`components/once.html`); its act runs inside
`once`, in one transaction with the row that remembers it.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.clock import DatabaseNow
from consents.core.refusals import Refusal
from consents.people.models import Submission

# Longer than any session: a form whose submission is forgotten is refused for its sign-in (the CSRF token is of it).
KEPT = timedelta(days=1)
# A space of locks apart from those of customers and users (ledger.services.hold).
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"


class SentOtherwise(Refusal):
    sentence = _(
        "This page was sent before, with other answers, and those count. Nothing more was changed. Load the page again."
    )


@transaction.atomic
def once(*, user: UUID, token: UUID, content: str, act: Callable[[], object]) -> str:
    """Do the act, unless this user's token was used before. Returns the id of what it made, the same every time.

    A refusal of the act is raised and leaves the token unused. Raises SentOtherwise when the token came with other
    content. The token is locked before anything else, so that of two at once the second waits and then repeats.
    """
    earlier = sent(user=user, token=token, content=content)
    if earlier is not None:
        return earlier.made
    made = str(getattr(act(), "pk", ""))
    Submission.objects.create(user_id=user, token=token, content=hashed(content), made=made)
    return made


def sent(*, user: UUID, token: UUID, content: str) -> Submission | None:
    """The submission with this token, if any; until the caller's transaction ends there will be no other.

    Raises SentOtherwise.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"{user} {token}"])
    earlier = Submission.objects.filter(user=user, token=token).first()
    if earlier is not None and bytes(earlier.content) != hashed(content):
        raise SentOtherwise
    return earlier


def hashed(content: str) -> bytes:
    return sealing.keyed_hash(settings.KEYRING, "submission", content)


def forget() -> None:
    """Remove what no form can repeat any more."""
    Submission.objects.filter(sent_at__lt=DatabaseNow() - KEPT).delete()
