"""Queue messages."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.ledger.rules import Actor
from consents.notifications import selectors, tasks
from consents.notifications.email_texts import (
    ContextValue,
    EmailText,
    build_email_context,
    get_sealed_recipient,
    render_email_text,
    seal_email,
)
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.rules import HELD, LOW_PRIORITY, OVERTAKEN, STOPPED
from consents.people.models import Customer, User
from consents.people.selectors import find_real_customer, is_address_hash, list_address_hashes, list_holders
from consents.people.services.erasing import Farewell

# The message and its job; whoever queues under the same key meanwhile is waited for.
QUEUE_MESSAGE = """
WITH message AS (
    INSERT INTO notifications_message (id, kind, user_id, customer_id, key, context, outcome, tries, error)
    VALUES (%s, %s, %s, %s, %s, %s::jsonb, '', 0, '') ON CONFLICT (key) DO NOTHING RETURNING id)
SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW(%s, %s, %s, NULL, NULL, jsonb_build_object('message', id), NULL)::procrastinate_job_to_defer_v1])
FROM message
"""


@transaction.atomic(savepoint=False)
def notify(
    *, kind: str, key: str, user: User | None = None, customer: Customer | None = None, **context: ContextValue
) -> Message | None:
    """Queue one message in the caller's transaction.

    `kind` names the templates email/<kind>_subject.txt and _message.txt. `key` makes it once-only: a second call with
    the same key queues nothing and returns None. Nor is anything queued of a kind of rules.OPTIONAL to a customer who
    wants none, of rules.MASS_KINDS to one whom email does not reach, or a second digest within the week. Every further
    holder of a shared account gets a copy; the context then has `is_shared`.
    `context` must hold nothing personal; a mapping holds the words of each language.
    """
    if customer and not selectors.may_queue(kind, customer):
        return None
    holders = list_sharing_users(customer) if customer else []
    if holders:
        context["is_shared"] = "yes"
    message = queue_message(kind, key, user, customer, context)
    if message:
        for holder in holders:
            queue_message(kind, f"copy:{uuid5(message.pk, str(holder.pk))}", holder, None, context)
    return message


def list_sharing_users(customer: Customer) -> list[User]:
    """List the holders of a shared account whom the address on file does not reach."""
    if not getattr(customer, "is_shared", True):  # read with the customer
        return []
    users = [holder.user for holder in list_holders(customer.pk)]
    others = [user for user in users if not is_address_hash(customer.address_hash, user.email)]
    return others if len(users) > 1 else []


def queue_message(
    kind: str, key: str, user: User | None, customer: Customer | None, context: dict[str, ContextValue]
) -> Message | None:
    """Queue one message to one recipient, once for each key."""
    message = Message(kind=kind, user=user, customer=customer, key=key, context=context)
    job = tasks.send_message
    named: list[Any] = [message.id, kind, message.user_id, message.customer_id, key, json.dumps(context)]
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_MESSAGE, [*named, job.queue, job.name, LOW_PRIORITY if kind in OVERTAKEN else 0])
        if cursor.fetchone() is None:
            return None
    message._state.adding = False
    return message


@transaction.atomic
def queue_account_email(*, to: str, subject: str, body: str, lives: timedelta | None = None) -> None:
    """Queue an email of the sign-in pages. Address, code and text are sealed until the job has sent them.

    `lives`: how long the code in it counts; after that it is not sent.
    """
    queue_sealed_email(kind="account", to=to, letter=EmailText(subject, body, get_language()), lives=lives)


@transaction.atomic
def notify_address(*, to: str, template: str, kind: str, language: str, **context: str) -> None:
    """Queue an email to someone who is not known yet, or one with a code; it is sealed until it is sent.

    `kind` is one of rules.SEALED. `context` must hold nothing personal.
    """
    with translation.override(language):
        queue_sealed_email(
            kind=kind,
            to=to,
            letter=render_email_text(f"email/{template}", build_email_context(context)),
        )


@transaction.atomic
def send_code(*, to: str, template: str, language: str, lives: timedelta, code: str) -> None:
    """Queue an email with a code for somebody who waits; it is sent only while the code counts."""
    with translation.override(language):
        letter = render_email_text(f"email/{template}", build_email_context({"code": code}))
    queue_sealed_email(kind="account", to=to, letter=letter, lives=lives)


def queue_sealed_email(*, kind: str, to: str, letter: EmailText, lives: timedelta | None = None) -> None:
    id = uuid4()
    content, kid = seal_email(id, letter, to)
    dies = {"dies": int((clock.now() + lives).timestamp())} if lives else {}
    Message.objects.create(id=id, kind=kind, key=f"{kind}:{id}", sealed=content, context={"kid": kid} | dies)
    tasks.send_message.defer(message=str(id), has_code=bool(dies))


# Whoever acts for the customer, or types in what the customer said; what the company does has emails of its own.
CONFIRMED_ACTORS = frozenset({"customer", "representative", "staff"})
KIND = "act_confirmed"
# Whoever holds somebody's session, or means to bury one act under many, floods no mailbox.
MOST_IN_AN_HOUR = 5
CONFIRMED_LATELY = """
SELECT id FROM notifications_message
WHERE kind = %s AND customer_id = %s AND queued_at > portal.now() - interval '1 hour' ORDER BY queued_at DESC LIMIT %s
"""
COLLECTED = _(
    "Many changes were made within an hour. This email stands for all further ones of that hour; the pages list each."
)


def confirm_act(
    *,
    customer: UUID,
    act: Promise,
    key: str,
    actor: Actor,
    team: str = "",
    is_collected: bool = True,
) -> None:
    """Queue the confirmation in the caller's transaction. `act`: a sentence that names no person and no data, as it
    stands in the source; it is translated when the email is written. It may name the `team`.

    `key` makes it once-only. Nothing is sent for an act of the portal itself, nor to the customer whom it made up.
    After MOST_IN_AN_HOUR within an hour, one email stands for the rest of it; but never for what staff typed, nor
    where `is_collected` is False.
    """
    recipient = find_real_customer(customer) if actor.kind in CONFIRMED_ACTORS else None
    if recipient is None:
        return
    if is_collected and actor.kind != "staff":
        lately = Message.objects.raw(CONFIRMED_LATELY, [KIND, customer, MOST_IN_AN_HOUR])
        if len(lately) >= MOST_IN_AN_HOUR:
            act, key, team = COLLECTED, f"acts.collected:{customer}:{clock.now():%Y-%m-%dT%H}", ""
    with translation.override(None):
        words = str(act)
    notify(kind=KIND, key=key, customer=recipient, act=words, team=team, by=actor.kind)


def list_translations(words: Promise) -> dict[str, str]:
    """List lazy words in each language, for an email whose language is known only when it is sent."""
    translated = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translated[language] = str(words)
    return translated


@transaction.atomic
def stop_emails_of_erased(*, customer: UUID, farewell: Farewell, **_: Any) -> None:
    """Stop waiting emails: by signal, inside the act of erasing, whose entry covers it."""
    waiting = Message.objects.select_for_update().filter(Q(sent_at=None) | Q(outcome=HELD)).order_by("pk")
    to_them = waiting.filter(Q(customer=customer) | Q(user__in=farewell.closed))
    sealed = [
        message
        for message in waiting.filter(sealed__isnull=False)
        if get_sealed_recipient(message) in farewell.addresses
    ]
    for message in [*to_them, *sealed]:
        message.sent_at, message.outcome, message.sealed = clock.now(), STOPPED, None
        message.save(update_fields=["sent_at", "outcome", "sealed"])
    forget_addresses(customer, farewell)
    for reader in farewell.readers:
        with translation.override(reader.language):
            context = build_email_context({"is_guardian": "yes"} if reader.is_guardian else {})
            letter = render_email_text("email/customer_erased", context)
            queue_sealed_email(kind="customer_erased", to=reader.address, letter=letter)


def forget_addresses(customer: UUID, farewell: Farewell) -> None:
    """Remove the hashes by which sent emails are recognised, and failures of an address that no one else has."""
    hashes = [hashed for address in farewell.addresses for hashed in list_address_hashes(address)]
    theirs = Q(customer=customer) | Q(user__in=farewell.closed) | Q(address_hash__in=hashes, user=None, customer=None)
    Message.objects.filter(theirs, address_hash__isnull=False).update(address_hash=None)
    shared = Customer.objects.filter(address_hash__in=hashes).values("address_hash")
    FailingAddress.objects.filter(address_hash__in=hashes).exclude(address_hash__in=shared).delete()
    Preference.objects.filter(customer=customer).delete()
