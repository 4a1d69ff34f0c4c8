"""What the database keeps of the catalogue, tried as the application role in raw SQL."""

from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction

from consents.catalogue.display import build_displayed_notice
from consents.catalogue.models import Notice, PurposeVersion, Recipient
from consents.catalogue.services import categories, publishing, versions
from consents.catalogue.services import categories as catalogue_recipients
from consents.core.canonical import compute_digest
from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Role
from tests.architecture.mutation.attempts.catalogue import NEW_CATEGORY, RETIRE
from tests.architecture.mutation.attempts.catalogue import PUBLISH as CATALOGUE_PUBLISH
from tests.architecture.mutation.attempts.statements import told
from tests.waiting import wait_until_somebody_waits
from tests.world.cast import make_next_version, make_notice, make_purpose, make_recipient, make_staff, quinn
from tests.world.retirements import propose_end, retire
from tests.world.scene_fixtures import scene


def refused(sql: str, *values) -> str:
    """The words of the database's refusal; fails when it does as it is told."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(error.value)


@scene
def printed(world) -> PurposeVersion:
    recipients = [make_recipient("printer")]
    return make_purpose(
        "paper", "Send you our catalogue", [world.categories["contact"]], world.pia.user, recipients=recipients
    )


@pytest.fixture
def draft(world, printed) -> PurposeVersion:
    return versions.draft_next_version(purpose=printed.purpose, officer=world.quinn.user, by=PORTAL)


PUBLISH = "UPDATE catalogue_purposeversion SET published_at = portal.now(), published_by_id = %s WHERE id = %s"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE catalogue_purposeversion SET legal_basis = 'A6-1-f' WHERE id = %s",
        "UPDATE catalogue_purposeversion SET material = false, sale = true WHERE id = %s",
        "UPDATE catalogue_purposeversion SET published_at = NULL, published_by_id = NULL WHERE id = %s",
        "DELETE FROM catalogue_purposeversion WHERE id = %s",
        "UPDATE catalogue_notice SET text = 'Other' WHERE version_id = %s",
        "UPDATE catalogue_notice SET hash = '' WHERE version_id = %s",
        "UPDATE catalogue_notice SET version_id = version_id - 1 WHERE version_id = %s",
        "DELETE FROM catalogue_notice WHERE version_id = %s",
        "INSERT INTO catalogue_notice (version_id, language, name, sentence, text, if_no, retention, objection, hash)"
        " VALUES (%s, 'fr', '', '', '', '', '', '', '')",
        "DELETE FROM catalogue_purposeversion_categories WHERE purposeversion_id = %s",
        "DELETE FROM catalogue_purposeversion_recipients WHERE purposeversion_id = %s",
        "DELETE FROM catalogue_purposeversion_writers WHERE purposeversion_id = %s",
        "INSERT INTO catalogue_purposeversion_recipients (purposeversion_id, recipient_id)"
        " SELECT %s, id FROM catalogue_recipient",
    ],
)
def test_a_published_text_cannot_be_changed(printed, sql):
    assert "frozen" in refused(sql, printed.pk)


def test_a_notice_does_not_move_into_a_published_version(printed, draft):
    assert "frozen" in refused(
        "UPDATE catalogue_notice SET version_id = %s, language = 'fr' WHERE version_id = %s", printed.pk, draft.pk
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE catalogue_recipient SET country = 'DE'",
        "UPDATE catalogue_recipient SET country = 'US', safeguard = 'A46-2-c'",
        "DELETE FROM catalogue_recipient",
    ],
    ids=["update", "protect", "delete"],
)
def test_a_recipient_of_a_published_version_is_frozen(printed, sql):
    assert "names this recipient" in refused(sql)


def test_a_recipient_of_a_draft_is_not(world):
    recipient = make_recipient("printer")
    recipient.country, recipient.safeguard = "US", "A46-2-c"

    assert catalogue_recipients.save_recipient(recipient=recipient, by=PORTAL).country == "US"


def test_the_service_says_so_in_words(printed):
    with pytest.raises(Refusal, match="names this recipient"):
        catalogue_recipients.save_recipient(recipient=Recipient.objects.get(), by=PORTAL)


def test_the_writer_does_not_publish(world, draft):
    """Whole as it may be: neither who drafted it nor who changed it."""
    Notice.objects.filter(version=draft).update(hash="0" * 64)
    draft.writers.add(world.pia.user)

    for officer in (world.quinn, world.pia):
        assert "who wrote a version" in refused(PUBLISH, officer.pk, draft.pk)


@pytest.mark.parametrize("who", ["sam", "otto", "ada"])
def test_only_a_privacy_officer_publishes(world, draft, who):
    Notice.objects.filter(version=draft).update(hash="0" * 64)
    stranger = getattr(world, who)

    assert "by a privacy officer" in refused(PUBLISH, getattr(stranger, "user", stranger).pk, draft.pk)


@pytest.mark.parametrize("moment", ["portal.now() - interval '1 year'", "portal.now() + interval '1 year'"])
def test_nothing_of_the_catalogue_is_dated_back_or_ahead(world, draft, moment):
    Notice.objects.filter(version=draft).update(hash="0" * 64)

    assert "published now" in refused(PUBLISH.replace("portal.now()", moment), world.pia.pk, draft.pk)
    assert "retired now" in refused(
        f"UPDATE catalogue_purpose SET retired_at = {moment} WHERE id = %s", draft.purpose_id
    )


def test_a_writer_of_a_draft_cannot_be_removed(world, draft):
    assert refused("DELETE FROM catalogue_purposeversion_writers WHERE purposeversion_id = %s", draft.pk)
    assert refused(
        "UPDATE catalogue_purposeversion_writers SET user_id = %s WHERE purposeversion_id = %s", world.sam.pk, draft.pk
    )


def test_a_version_begins_as_a_draft(world, printed):
    assert "must be a draft" in refused(
        "INSERT INTO catalogue_purposeversion (purpose_id, number, legal_basis, dpv_purpose, sale, storage, material,"
        " drafted_by_id, published_by_id, published_at) SELECT purpose_id, 9, legal_basis, dpv_purpose, sale, storage,"
        " material, drafted_by_id, published_by_id, portal.now() FROM catalogue_purposeversion WHERE id = %s",
        printed.pk,
    )


def test_a_version_is_published_whole(world, draft):
    assert "complete to be published" in refused(PUBLISH, world.pia.user.pk, draft.pk)  # its notices have no hash
    draft.notices.update(hash="0" * 64)
    draft.categories.clear()
    assert "complete to be published" in refused(PUBLISH, world.pia.user.pk, draft.pk)


def test_a_retired_purpose_stays_retired(printed):
    retire(printed.purpose)

    assert "stays retired" in refused(
        "UPDATE catalogue_purpose SET retired_at = NULL WHERE id = %s", printed.purpose_id
    )
    assert "stays retired" in refused("DELETE FROM catalogue_purpose WHERE id = %s", printed.purpose_id)


def test_the_hash_is_of_what_is_shown_and_can_be_worked_out_again(printed):
    hashes = set()
    for notice in Notice.objects.filter(version=printed):
        assert notice.hash == compute_digest(build_displayed_notice(notice, notice.version))
        hashes.add(notice.hash)

    assert len(hashes) == 3
    published = Entry.objects.get(event="purpose_version.published", object=str(printed.pk)).facts
    assert set(published["notices"].values()) == hashes


def test_the_hash_covers_every_word_and_fact(world, printed):
    notice = printed.notices.get(language="en")
    before = compute_digest(build_displayed_notice(notice, printed))
    for word in ("name", "sentence", "text", "if_no", "retention", "objection"):
        other = Notice.objects.get(pk=notice.pk)
        setattr(other, word, "Other")
        assert compute_digest(build_displayed_notice(other, printed)) != before, word
    for fact, value in {"sale": True, "consent_months": 3, "legal_basis": "A6-1-f", "storage": ["US"]}.items():
        version = PurposeVersion.objects.get(pk=printed.pk)
        setattr(version, fact, value)
        assert compute_digest(build_displayed_notice(notice, version)) != before, fact


def at_once(*acts) -> list:
    """Each act in a connection of its own, all begun together; what they returned or raised."""
    outcomes: list = []

    def run(act) -> None:
        try:
            outcomes.append(act())
        except Refusal as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_officers_publish_at_once_and_one_wins(real_world):
    world = real_world
    third = make_staff("rita@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rita")
    draft = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)

    outcomes = at_once(
        lambda: publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk))),
        lambda: publishing.publish_version(version=draft, officer=third.user, by=Actor("staff", str(third.pk))),
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyPublished", "PurposeVersion"]
    assert Entry.objects.filter(event="purpose_version.published", object=str(draft.pk)).count() == 1


def test_two_drafts_published_at_once_leave_the_newer_in_force(real_world):
    world = real_world
    older, newer = (
        versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL) for _ in range(2)
    )

    outcomes = at_once(
        lambda: publishing.publish_version(version=newer, officer=world.pia.user, by=Actor("staff", str(world.pia.pk))),
        lambda: publishing.publish_version(version=older, officer=world.pia.user, by=Actor("staff", str(world.pia.pk))),
    )

    assert newer.pk in {one.pk for one in outcomes if isinstance(one, PurposeVersion)}
    assert world.purpose.versions.filter(published_at__isnull=False).order_by("-number").first() == newer


def test_words_do_not_slip_in_while_it_is_published(real_world):
    """A writer who saves at that moment waits, and then finds it frozen."""
    world = real_world
    draft = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)
    notice = draft.notices.get(language="en")
    late: list = []

    def write() -> None:
        try:
            Notice.objects.filter(pk=notice.pk).update(text="Slipped in.")
        except DatabaseError as error:
            late.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))
        writing = Thread(target=write)
        writing.start()
        wait_until_somebody_waits()
    writing.join()

    assert "frozen" in late[0]
    assert Notice.objects.get(pk=notice.pk).text == notice.text


def test_a_version_is_published_in_every_language_or_not_at_all(world):
    purpose = make_purpose("x", "Do a thing", [world.categories["contact"]], world.pia.user).purpose
    draft = versions.draft_next_version(purpose=purpose, officer=world.quinn.user, by=PORTAL)
    draft.notices.filter(language="es").delete()
    with pytest.raises(Refusal, match="missing in this language: Español"):
        publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))

    notice = make_notice("es", "Hacer algo")
    notice.version = draft
    notice.save()

    assert publishing.publish_version(
        version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk))
    ).published_at
    assert make_next_version(purpose, world.pia.user).number == 3


# The catalogue against somebody with the application's password: nothing of it changes without its ledger entry.

REFUSED = "23001"
CHANGES = {
    "catalogue_purpose": "UPDATE catalogue_purpose SET access_most = '3 days', access_default = '3 days'",
    "catalogue_purposeversion": "UPDATE catalogue_purposeversion SET legal_basis = 'A6-1-f' WHERE id = {draft}",
    "catalogue_notice": "UPDATE catalogue_notice SET text = 'Other' WHERE version_id = {draft}",
    "catalogue_purposeversion_categories": "DELETE FROM catalogue_purposeversion_categories"
    " WHERE purposeversion_id = {draft}",
    "catalogue_purposeversion_recipients": "INSERT INTO catalogue_purposeversion_recipients"
    " (purposeversion_id, recipient_id) SELECT {draft}, id FROM catalogue_recipient",
    "catalogue_purposeversion_writers": "INSERT INTO catalogue_purposeversion_writers (purposeversion_id, user_id)"
    " SELECT {draft}, user_id FROM people_staffmember WHERE role = 'compliance_officer'",
    "catalogue_recipient": "UPDATE catalogue_recipient SET name = 'Other'",
    "catalogue_category": "UPDATE catalogue_category SET code = 'other' WHERE id = {half}",
    "catalogue_field": 'INSERT INTO catalogue_field (category_id, key, labels, "order")'
    " VALUES ({half}, 'x', '{{}}', 1)",
}
CONFIRM = "UPDATE catalogue_retirement SET approved_at = portal.now(), approved_by_id = %s WHERE id = %s"
WHOLE = {"purpose": "purpose", "recipient": "recipient", "category": "half", "field": "half"}


@scene
def ids(real_world):
    world = real_world
    return {
        "draft": versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).pk,
        "half": categories.draft_category(code="half", words={}, sensitive=False, fields=[], by=PORTAL).pk,
        "recipient": make_recipient("printer").pk,
        "purpose": world.purpose.pk,
        "retirement": str(propose_end(world.purpose, world.quinn).pk),
        "quinn": str(world.quinn.pk),
        "pia": str(world.pia.pk),
    }


def whole_of(table: str) -> tuple[str, str]:
    """Which id the entry names, and the kind of its event."""
    kind = table.removeprefix("catalogue_")
    if kind in WHOLE:
        return WHOLE[kind], "category" if WHOLE[kind] == "half" else kind
    return "draft", "purpose_version"


@pytest.mark.parametrize("table", CHANGES)
def test_it_changes_with_an_entry_of_the_whole_alone(ids, tried, table):
    change, (whole, kind) = CHANGES[table].format(**ids), whole_of(table)
    refused = f"{REFUSED} {table}_on_record"

    assert tried(change) == refused
    assert tried(told(f"{kind}.changed", ids[whole] + 1000), change) == refused
    assert tried(told("staff.ended", ids[whole]), change) == refused
    assert tried(told(f"{kind}.changed", ids[whole]), change).startswith("allowed")


def test_a_draft_does_not_vanish_off_record(ids, tried):
    gone = ("DELETE FROM catalogue_field WHERE category_id = %s", [ids["half"]])
    gone_whole = ("DELETE FROM catalogue_category WHERE id = %s", [ids["half"]])

    assert tried(gone, gone_whole) == f"{REFUSED} catalogue_category_on_record"


def test_it_is_published_with_an_entry_that_says_so(real_world, ids, tried):
    hashed = ("UPDATE catalogue_notice SET hash = repeat('0', 64) WHERE version_id = %s", [ids["draft"]])
    publish = hashed, (CATALOGUE_PUBLISH, [real_world.pia.pk, ids["draft"]])

    assert tried(told("purpose_version.changed", ids["draft"]), *publish) == (
        f"{REFUSED} catalogue_purposeversion_published_on_record"
    )
    assert tried(told("purpose_version.published", ids["draft"], by=("staff", real_world.quinn.pk)), *publish) == (
        f"{REFUSED} catalogue_purposeversion_published_on_record"
    )
    theirs = told("purpose_version.published", ids["draft"], by=("staff", real_world.pia.pk))
    assert tried(theirs, *publish).startswith("allowed")


def test_a_category_is_published_with_an_entry_that_says_so(tried):
    new = NEW_CATEGORY.format(published="true")

    assert tried(told("category.drafted", 987654), new) == f"{REFUSED} catalogue_category_published_on_record"
    assert tried(told("category.published", 987654), new).startswith("allowed")


def test_a_purpose_is_retired_with_an_entry_that_says_so(ids, tried):
    retire = (RETIRE, [ids["purpose"]])
    by_two = (CONFIRM, [ids["pia"], ids["retirement"]])
    officers = {"proposed_by": ids["quinn"], "confirmed_by": ids["pia"], "retirement": ids["retirement"]}
    entry = told("purpose.retired", ids["purpose"], **officers)

    for event in ("purpose.changed", "purpose.retired"):
        assert tried(told(event, ids["purpose"]), by_two, retire) == f"{REFUSED} catalogue_purpose_retired_on_record"
    assert tried(entry, retire) == f"{REFUSED} catalogue_purpose_retired_now"
    assert tried(entry, by_two, retire).startswith("allowed")


def test_fields_added_to_a_known_draft_are_on_record(ids):
    """As the import does when it finds more columns."""
    more = categories.draft_category(code="half", words={}, sensitive=False, fields=[("x", {"en": "X"})], by=PORTAL)

    assert [field.key for field in more.fields.all()] == ["x"]
