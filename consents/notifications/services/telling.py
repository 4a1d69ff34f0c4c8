"""Queueing messages."""

from uuid import uuid4

from django.db import transaction
from django.utils import translation
from django.utils.translation import get_language

from consents.core import clock
from consents.notifications import selectors, tasks
from consents.notifications.letters import Letter, sealed, words, written
from consents.notifications.models import Message
from consents.notifications.rules import BEHIND, TO_MANY
from consents.people.models import Customer, User


@transaction.atomic
def tell(
    *, kind: str, key: str, user: User | None = None, customer: Customer | None = None, **context: str
) -> Message | None:
    """Queue one message in the caller's transaction.

    `kind` names the templates email/<kind>_subject.txt and _message.txt. `key` makes it once-only: a second call with
    the same key queues nothing and returns None. So does a kind of rules.OPTIONAL to a customer who wants none, one of
    rules.TO_MANY to one whom mail does not reach, and a second digest within the week. `context` must hold nothing
    personal.
    """
    if customer and not selectors.may_have(kind, customer, clock.now()):
        return None
    message, made = Message.objects.get_or_create(
        key=key, defaults={"kind": kind, "user": user, "customer": customer, "context": context}
    )
    if made:
        tasks.send.configure(priority=BEHIND if kind in TO_MANY else 0).defer(message=str(message.id))
    return message if made else None


@transaction.atomic
def queue_account_mail(*, to: str, subject: str, body: str) -> None:
    """Queue a mail of the sign-in pages. Address, code and text lie sealed until the job has sent them."""
    queue_sealed(kind="account", to=to, letter=Letter(subject, body, get_language()))


@transaction.atomic
def tell_address(*, to: str, template: str, kind: str, language: str, **context: str) -> None:
    """Queue a mail to somebody nobody knows yet, or one with a code, in the caller's transaction; it lies sealed until
    it is sent.

    `kind` is one of rules.SEALED. `context` must hold nothing personal.
    """
    with translation.override(language):
        queue_sealed(kind=kind, to=to, letter=written(f"email/{template}", words(context)))


def queue_sealed(*, kind: str, to: str, letter: Letter) -> None:
    id = uuid4()
    content, kid = sealed(id, letter, to)
    Message.objects.create(id=id, kind=kind, key=f"{kind}:{id}", sealed=content, context={"kid": kid})
    tasks.send.defer(message=str(id))
