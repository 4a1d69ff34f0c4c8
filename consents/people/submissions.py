"""Count a form once, however often it is sent: a double click, a reload, a retry after a lost answer.

Every form of ours that changes something carries a token of its own (`components/once.html`); its act runs inside
`submit_once`, in one transaction with the row that remembers it.
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
from consents.people.models import Evidence, Submission

# Longer than any session: a form whose submission is forgotten is refused for its sign-in (the CSRF token is of it).
RETENTION = timedelta(days=1)
USE = "submission"  # of the keyed hash of a form's fields
# Plain SQL: each form that is sent asks and writes it, and building the queries took longer than answering them.
BEGIN_SUBMISSION = """
SELECT content, made FROM portal.begin_submission(%s::uuid, %s::uuid, %s::uuid, %s::text, %s::text, %s::text)
"""
INSERT_SUBMISSION = "INSERT INTO people_submission (user_id, token, content, made) VALUES (%s, %s, %s, %s)"


class ConflictingSubmission(Refusal):
    sentence = _(
        "You already sent this page with different answers, and those count. Nothing else was changed. Reload the page."
    )


@transaction.atomic
def submit_once(
    *, user: UUID, token: UUID, content: str, act: Callable[[], object], evidence: Evidence | None = None
) -> str:
    """Do the act, unless this user's token was used before; return the id of what it made, the same every time.

    `evidence`: where the form came from, kept with it, once. A refusal of the act is raised and leaves the token
    unused. Raises ConflictingSubmission if the token came with other content. The token is locked before anything else,
    so that of two submissions at once the second waits and then repeats.
    """
    earlier = find_submission(user=user, token=token, content=content, evidence=evidence)
    if earlier is not None:
        return earlier
    made_id = str(getattr(act(), "pk", ""))
    hashed = sealing.compute_keyed_hash(settings.KEYRING, USE, content)
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SUBMISSION, [user, token, hashed, made_id])
    return made_id


def find_submission(*, user: UUID, token: UUID, content: str, evidence: Evidence | None = None) -> str | None:
    """Find what the submission with this token made; until the caller's transaction ends there will be no other.

    `evidence` is kept if there was none. Raises ConflictingSubmission.
    """
    origin = [evidence.pk, evidence.network, evidence.browser, evidence.language] if evidence else [None, "", "", ""]
    with connection.cursor() as cursor:
        cursor.execute(BEGIN_SUBMISSION, [user, token, *origin])
        earlier = cursor.fetchone()
    if earlier is None:
        return None
    hashed, made = earlier
    if not sealing.is_keyed_hash(settings.KEYRING, USE, content, hashed):
        raise ConflictingSubmission
    return str(made)


def delete_old_submissions() -> None:
    """Delete submissions that no form can repeat now."""
    Submission.objects.filter(sent_at__lt=DatabaseNow() - RETENTION).delete()
