"""What the company, time or an authority does to consent is told: once, a few at a time, without naming what it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.models import QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

from consents.catalogue.services import publishing, versions
from consents.choices import tasks
from consents.choices.models import Choice
from consents.choices.rules import TEXT_CHANGED
from consents.choices.services import answering, emails, withdrawing
from consents.decisions.rules import DecisionCode
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.rules import LOW_PRIORITY
from consents.notifications.services import queueing
from consents.notifications.services.choosing import choose_digests
from consents.people.models import Acting, Customer
from consents.people.selectors import hash_address
from consents.people.services import claiming, customer_records
from tests.world.cast import make_user, put_on_list
from tests.world.choices import events, may, publish_next
from tests.world.claim_codes import make_claim_code
from tests.world.retirements import retire
from tests.world.scene_fixtures import scene

KINDS = ["choice_outdated", "choice_reworded", "choice_retired", "choice_expired", "choice_invalidated"]


@pytest.fixture
def world(with_offers, real_world):
    return real_world


def give(person, version) -> Choice:
    code = version.purpose.code
    return answering.give_consent(customer=person.customer.id, purpose=code, version=version.pk, by=person.actor)


def select_news() -> QuerySet[Message]:
    """Select the emails about what others did, without those that confirm the customer's own acts."""
    return Message.objects.exclude(kind="act_confirmed")


def list_kinds_told() -> list[str]:
    return list(select_news().order_by("queued_at", "key").values_list("kind", flat=True))


def notify_everyone_of(version) -> None:
    emails.notify_next_customers(version=version.pk)


def test_publishing_queues_one_job_and_nobody_s_mail(world):
    give(world.ada, world.offers)
    before = ProcrastinateJob.objects.count()

    newer = publish_next(world.offers, world.pia.user)

    job = ProcrastinateJob.objects.latest("id")
    assert ProcrastinateJob.objects.count() == before + 1 and list_kinds_told() == []
    assert (job.args, job.priority) == ({"version": newer.pk}, LOW_PRIORITY)


def withdraw_beside(person) -> str:
    """Withdraw in a transaction of its own, which gives up a lock after a tenth of a second."""

    def withdraw() -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            return withdrawing.withdraw_consent(customer=person.customer.id, purpose="offers", by=person.actor).status
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as beside:
        return beside.submit(withdraw).result()


def test_a_withdrawal_waits_for_no_publication(world):
    give(world.ada, world.offers)
    draft = versions.draft_next_version(purpose=world.offers.purpose, officer=world.quinn.user, by=PORTAL)
    with transaction.atomic():
        publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))
        assert withdraw_beside(world.ada) == "ConsentWithdrawn"


def test_a_withdrawal_does_not_wait_while_others_are_told(world):
    give(world.ada, world.offers)
    given = give(world.ben, world.offers)
    newer = publish_next(world.offers, world.pia.user, material=False)
    with transaction.atomic():
        emails.notify_of_version(given.pk, newer)
        assert withdraw_beside(world.ada) == "ConsentWithdrawn"


@pytest.mark.parametrize(("material", "kind"), [(True, "choice_outdated"), (False, "choice_reworded")])
def test_who_had_agreed_is_told_once(world, material, kind):
    give(world.ada, world.offers)
    newer = publish_next(world.offers, world.pia.user, material=material)

    notify_everyone_of(newer)
    notify_everyone_of(newer)

    assert list_kinds_told() == [kind]
    assert select_news().get().customer_id == world.ada.customer.id


def test_what_the_new_text_has_ended_is_on_record_before_the_customer_acts_again(world):
    give(world.ada, world.offers)
    newer = publish_next(world.offers, world.pia.user)

    notify_everyone_of(newer)
    notify_everyone_of(newer)

    assert events() == ["given", "revoked"] and may(world).why == DecisionCode.OUTDATED_TEXT
    revoked = Entry.objects.get(event="consent.revoked")
    newer.refresh_from_db()
    assert (revoked.facts["method"], revoked.find_moment("ended_at")) == (TEXT_CHANGED, newer.published_at)
    give(world.ada, newer)
    assert events() == ["given", "revoked", "given"]


def test_who_said_no_or_nothing_is_not_told(world):
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)
    notify_everyone_of(publish_next(world.offers, world.pia.user))
    assert list_kinds_told() == []


def test_it_goes_on_where_it_stopped(world):
    for person in (world.ada, world.ben):
        give(person, world.offers)
    newer = publish_next(world.offers, world.pia.user)

    first = emails.notify_next_customers(version=newer.pk, limit=1)
    assert first == min(world.ada.customer.id, world.ben.customer.id) and len(list_kinds_told()) == 1
    second = emails.notify_next_customers(version=newer.pk, after=first, limit=1)
    assert len(list_kinds_told()) == 2 and emails.notify_next_customers(version=newer.pk, after=second, limit=1) is None


def test_a_full_batch_queues_the_next_one(world, monkeypatch):
    monkeypatch.setattr(emails.notify_next_customers, "__kwdefaults__", {"limit": 1})
    give(world.ada, world.offers)
    newer = publish_next(world.offers, world.pia.user)

    tasks.notify_of_version(newer.pk)

    job = ProcrastinateJob.objects.filter(task_name=tasks.notify_of_version.name).latest("id")
    assert job.args == {"version": newer.pk, "after": str(world.ada.customer.id)} and job.priority == LOW_PRIORITY
    tasks.notify_of_version(**job.args)
    assert ProcrastinateJob.objects.filter(task_name=tasks.notify_of_version.name).latest("id") == job


def test_who_has_answered_the_new_text_is_not_told_of_it(world):
    given = give(world.ada, world.offers)
    newer = publish_next(world.offers, world.pia.user)
    give(world.ada, newer)

    emails.notify_of_version(given.pk, newer)  # the list was read before

    assert list_kinds_told() == []


def test_a_version_that_is_overtaken_is_told_by_the_newer_one(world):
    give(world.ada, world.offers)
    material = publish_next(world.offers, world.pia.user)
    reworded = publish_next(material, world.pia.user, material=False)

    notify_everyone_of(material)
    assert list_kinds_told() == []
    notify_everyone_of(reworded)
    assert list_kinds_told() == ["choice_outdated"]


def test_a_material_change_told_once_is_not_told_again_with_the_next_words(world):
    give(world.ada, world.offers)
    material = publish_next(world.offers, world.pia.user)
    notify_everyone_of(material)
    notify_everyone_of(publish_next(material, world.pia.user, material=False))
    assert list_kinds_told() == ["choice_outdated"]


def test_the_end_of_a_purpose_is_told_once(world):
    given = give(world.ada, world.offers)
    retire(world.offers.purpose)
    withdrawing.revoke_due_choices()
    withdrawing.record_lapse(choice=given.pk, by=PORTAL)
    assert list_kinds_told() == ["choice_retired"]


def test_what_runs_out_on_one_day_is_told_in_one_mail(world, later):
    give(world.ada, world.offers)
    give(world.ada, world.version)
    later(timedelta(days=366))
    assert withdrawing.expire_due_choices() == 2
    assert list_kinds_told() == ["choice_expired"]


def test_who_renews_before_the_job_comes_is_not_told(world, later):
    given = give(world.ada, world.offers)
    later(timedelta(days=366))
    terms = {"customer": world.ada.customer.id, "purpose": "offers", "version": world.offers.pk}
    answering.renew_consent(**terms, since=given.since, by=world.ada.actor)
    withdrawing.expire_due_choices()
    assert list_kinds_told() == []


def test_what_an_authority_ends_is_told_once(world):
    given = give(world.ada, world.offers)
    for _ in range(2):
        withdrawing.invalidate_choice(choice=given.pk, by=Actor("staff", str(world.pia.pk)))
    assert list_kinds_told() == ["choice_invalidated"]


def test_never_switches_off_what_runs_out_and_no_other_news(world, later):
    never = Preference.Digests.NEVER
    choose_digests(customer=world.ada.customer.id, digests=never, by=world.ada.actor)
    give(world.ada, world.offers)
    give(world.ada, world.version)
    notify_everyone_of(publish_next(world.version, world.pia.user))
    later(timedelta(days=366))
    withdrawing.expire_due_choices()
    assert list_kinds_told() == ["choice_outdated"]


def test_an_address_that_mail_does_not_reach_is_left_in_peace(world):
    FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")
    give(world.ada, world.offers)
    notify_everyone_of(publish_next(world.offers, world.pia.user))
    assert list_kinds_told() == []


def test_they_wait_behind_every_other_mail(world):
    give(world.ada, world.offers)
    notify_everyone_of(publish_next(world.offers, world.pia.user))
    assert ProcrastinateJob.objects.latest("id").priority == LOW_PRIORITY


@scene
def child(world):
    """Without an address of its own; Mum acts for it."""
    child = customer_records.open_customer_record(reference="C-2001", born_on=date(2018, 5, 1), country="DE", by=PORTAL)
    mum = make_user("mum@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=mum, code=code, by=Actor("customer", str(mum.pk)))
    return child


def write_email(kind: str, customer: Customer):
    message = queueing.notify(kind=kind, key=kind, customer=customer)
    if message is None:
        return None
    deliver_message(message=message.pk)
    return mail.outbox[-1]


@pytest.mark.parametrize("kind", [*KINDS, "access_request_filed"])
def test_a_guardian_gets_the_mail_of_a_child_without_an_address(child, kind):
    email = write_email(kind, child)
    assert email.to == ["mum@example.com"]
    assert "because you act for someone" in email.body and "C-2001" not in email.body


def test_no_mail_goes_to_a_guardian_any_more_when_the_child_is_of_age(child, world):
    put_on_list(child, born_on=date(2000, 5, 1))
    assert write_email("choice_outdated", child) is None


def test_a_guardian_whom_mail_does_not_reach_is_left_in_peace(child):
    FailingAddress.objects.create(address_hash=hash_address("mum@example.com"), how="bounced")
    assert write_email("choice_outdated", child) is None


@pytest.mark.parametrize("language", ["en", "de", "es"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_names_no_purpose_and_has_no_link_that_acts(world, kind, language, settings):
    customer_records.choose_language(customer=world.ada.customer.pk, language=language, by=world.ada.actor)
    email = write_email(kind, Customer.objects.get(pk=world.ada.customer.pk))

    assert email.to == ["ada@example.com"] and "because you act" not in email.body
    assert email.body.count("http") == email.body.count(f"{settings.PORTAL_URL}\n") == 1
    assert "offers" not in (email.subject + email.body).lower()
    assert (email.subject == ENGLISH[kind]) == (language == "en")


ENGLISH = {
    "choice_outdated": "A text you agreed to at Example Co has changed",
    "choice_reworded": "Clearer wording at Example Co: your answer still applies",
    "choice_retired": "Example Co has ended something you agreed to",
    "choice_expired": "Consent you gave Example Co has expired",
    "choice_invalidated": "Consent you gave Example Co is no longer valid",
}
