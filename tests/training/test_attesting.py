"""Staff read, answer, attest; the database counts the right answers and forgets nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from consents.access.models import AccessRequest
from consents.core import clock
from consents.decisions import selectors as decisions
from consents.decisions.rules import DecisionCode
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people.found_customers import sign_found_customer
from consents.people.services import staff_members
from consents.training import rules, selectors, services
from consents.training.models import Attempt, Attestation, ModuleVersion
from consents.training.rules import NotTrained
from tests.architecture.mutation.attempts.access import NEW_REQUEST
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.attempts.training import ATTEST, PUBLISH_MODULE, TRY
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import answer, ask, signed_in
from tests.world.training import make_module_draft, publish_module, train, try_module

REFUSED = "23001"
OWN = "/admin/your-training/"
MODULE = f"{OWN}ask-first/"


def fill_in(client, version, *, is_right: bool = True) -> dict[str, str]:
    """The form as the page shows it, with every answer right or every answer wrong."""
    form = client.get(MODULE).context["form"]
    sent = {"token": str(form["token"].value()), "version": str(version.pk), "attested": "on"}
    for place, question in enumerate(version.words["en"]["questions"]):
        right = question["answers"][version.solution[place]]
        numbers = [
            str(number) for number, text in form.fields[f"question_{place}"].choices if (text == right) == is_right
        ]
        sent[f"question_{place}"] = numbers[0]
    return sent


def test_it_is_attested_by_who_knows_the_answers(world):
    version, client = publish_module(world), signed_in(world.sam.user)

    answer = client.post(MODULE, fill_in(client, version), follow=True)

    attestation = Attestation.objects.get(member=world.sam)
    assert answer.redirect_chain[-1][0] == OWN and "Your attestation is on record" in answer.content.decode()
    assert (attestation.code, attestation.number, attestation.score) == ("ask-first", 1, 100)
    assert attestation.valid_until > attestation.attested_at + timedelta(days=364)
    events = Entry.objects.filter(object=str(attestation.pk)).values_list("event", "actor", "outcome").order_by("id")
    assert list(events) == [
        ("training.tried", str(world.sam.pk), "passed"),
        ("training.attested", str(world.sam.pk), "ask-first"),
    ]


def test_it_keeps_a_try_that_failed_and_attests_nothing(world):
    version, client = publish_module(world), signed_in(world.sam.user)

    answer = client.post(MODULE, fill_in(client, version, is_right=False), follow=True)

    assert "it takes 80%" in answer.content.decode()
    assert Attempt.objects.get().score == 0 and not Attestation.objects.exists()
    assert Entry.objects.get(event="training.tried").outcome == "failed"


def test_it_shows_answers_in_an_order_of_each_form(world):
    version = publish_module(world)
    orders = {
        tuple(rules.list_shuffled_places(uuid4(), 0, len(version.words["en"]["questions"][0]["answers"])))
        for _ in range(60)
    }

    assert len(orders) == 6


def test_it_counts_a_form_sent_twice_once(world):
    version, client = publish_module(world), signed_in(world.sam.user)
    sent = fill_in(client, version)

    client.post(MODULE, sent)
    client.post(MODULE, sent)

    assert Attempt.objects.count() == Attestation.objects.count() == 1


def test_it_refuses_other_answers_under_the_same_form(world):
    version, client = publish_module(world), signed_in(world.sam.user)
    wrong = fill_in(client, version, is_right=False)
    client.post(MODULE, wrong)

    client.post(MODULE, wrong | {"question_0": str((int(wrong["question_0"]) + 1) % 3)})

    assert Attempt.objects.count() == 1


def test_it_tells_what_is_left_out(world):
    version, client = publish_module(world), signed_in(world.sam.user)
    sent = fill_in(client, version)

    answer = client.post(MODULE, {key: value for key, value in sent.items() if key not in ("question_3", "attested")})

    assert answer.status_code == 422 and "Choose an answer to question 4." in answer.content.decode()
    assert "Confirm that you have read the text" in answer.content.decode() and not Attempt.objects.exists()


@pytest.mark.parametrize(
    "bad", [{"token": "x"}, {"token": ""}, {"question_0": "9"}, {"question_0": "\0"}, {"version": "x"}]
)
def test_it_survives_any_form(world, bad):
    version, client = publish_module(world), signed_in(world.sam.user)

    answer = client.post(MODULE, fill_in(client, version) | bad)

    assert answer.status_code in (302, 422) and not Attestation.objects.exists()


def test_it_refuses_answers_to_an_old_version(world):
    old, client = publish_module(world), signed_in(world.sam.user)
    sent = fill_in(client, old)
    draft = services.draft_next_module(version=old, by=PORTAL)
    new = services.publish_module(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))

    answer = client.post(MODULE, sent, follow=True)

    assert "no longer in force" in answer.content.decode() and not Attempt.objects.exists()
    with pytest.raises(rules.OutdatedModule):
        services.record_attempt(version=old, answers=old.solution, member=world.sam, by=PORTAL)
    assert try_module(new, world.sam).score == 100


def test_it_refuses_who_has_left(world):
    version = publish_module(world)
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    with pytest.raises(rules.MembershipEnded):
        try_module(version, world.sam)


def test_no_attestation_is_made_of_an_old_try(real_world, tried):
    """Not of one that failed, not of one that passed before, not of none."""
    version = publish_module(real_world)
    failed, passed = try_module(version, real_world.sam, is_right=False), try_module(version, real_world.sam)

    for attempt in (failed.pk, passed.pk, uuid4()):
        assert tried((ATTEST, [attempt])).startswith(f"{REFUSED} training_attestation_earned")


def test_the_database_counts_by_itself(real_world, tried):
    publish_module(real_world)
    sam = real_world.sam.pk

    assert tried((TRY.format(answers="'[]'"), [sam])) == f"{REFUSED} training_attempt_scored"
    assert tried((TRY.format(answers="solution || '[0]'"), [sam])) == f"{REFUSED} training_attempt_scored"
    assert tried((TRY.format(answers="solution"), [real_world.ada.user.pk])) == f"{REFUSED} training_attempt_scored"
    assert tried((TRY.format(answers="solution"), [sam])) == f"{REFUSED} training_attempt_on_record"


def test_no_module_is_published_by_who_is_no_privacy_officer(real_world, tried):
    draft = make_module_draft()
    staff_members.end_staff_membership(member=real_world.pia, by=PORTAL)

    for officer in (real_world.pia, real_world.sam, real_world.otto):
        with pytest.raises(rules.NotPrivacyOfficer):
            services.publish_module(version=draft, officer=officer.user, by=Actor("staff", str(officer.pk)))
        publishing = told("training_module.published", draft.pk), (PUBLISH_MODULE, [officer.pk, draft.pk])
        assert tried(*publishing) == f"{REFUSED} training_moduleversion_of_officer"


def test_who_runs_out_soon_is_told_once(world, later):
    publish_module(world, valid_months=1)
    train(world.sam, world.kim)
    staff_members.end_staff_membership(member=world.kim, by=PORTAL)
    assert services.remind_before_lapse() == 0

    later(timedelta(days=20))

    assert services.remind_before_lapse() == 1 and services.remind_before_lapse() == 0
    message = Message.objects.get(kind="training_lapses")
    assert message.user == world.sam.user and message.context["module"]["de"] == "Erst fragen"


def test_who_renewed_is_told_nothing(world, later):
    publish_module(world, valid_months=1)
    train(world.sam)
    later(timedelta(days=20))
    train(world.sam)

    assert services.remind_before_lapse() == 0


def test_ones_own_page_says_what_counts(world, later):
    client = signed_in(world.sam.user)
    assert "No training is published yet" in client.get(OWN).content.decode()
    publish_module(world, valid_months=1)
    assert "Missing" in client.get(OWN).content.decode() and "training to do" in client.get("/admin/").content.decode()
    train(world.sam)
    assert "Valid until" in client.get(OWN).content.decode() and "state-yes" in client.get(OWN).content.decode()
    later(timedelta(days=40))
    assert "Lapsed" in signed_in(world.sam.user).get(OWN).content.decode()


def test_only_what_is_required_is_missing(world):
    publish_module(world, "reading", required=False)
    assert selectors.list_missing_training(world.sam.pk, clock.now()) == []
    version = publish_module(world)
    assert selectors.list_missing_training(world.sam.pk, clock.now()) == [version]


# No valid attestation, no ask and no look; a lapse ends the next look, not the grant.

ASK = "/admin/access/accessrequest/add/"


def look(world, grant) -> list[dict[str, str]]:
    return disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk))).records


def test_nothing_is_demanded_until_a_required_module_is_published(world):
    publish_module(world, "reading", required=False)

    assert ask(world, "contact").state == "pending"


def test_an_untrained_member_cannot_ask(world):
    publish_module(world)

    with pytest.raises(NotTrained):
        ask(world, "contact")
    train(world.sam)
    assert ask(world, "contact").state == "pending"


def test_each_required_module_counts(world):
    publish_module(world)
    train(world.sam)
    publish_module(world, "meetings")

    with pytest.raises(NotTrained):
        ask(world, "contact")


def test_the_form_says_what_is_missing_and_keeps_the_text(world):
    publish_module(world)
    client = signed_in(world.sam.user)
    sent = {
        "found": sign_found_customer(world.ada.customer.pk, world.sam.user),
        "token": str(uuid4()),
        "purpose": str(world.version.pk),
        "categories": [str(world.categories["contact"].pk)],
        "reason": "you_contacted_us",
        "sentence": "You wrote to us about a wrong bill.",
        "duration": "7200",
        "answer_within": str(7 * 86400),
        "file": "1",
    }

    refused = client.post(ASK, sent)

    page = refused.content.decode()
    assert refused.status_code == 422 and "You wrote to us about a wrong bill." in page
    assert 'href="/admin/your-training/ask-first/"' in page and not AccessRequest.objects.exists()
    train(world.sam)
    assert client.post(ASK, sent).status_code == 302 and AccessRequest.objects.count() == 1


def test_a_lapse_ends_the_next_look_and_not_the_grant(real_world, later):
    world = real_world
    publish_module(world, valid_months=1)
    train(world.sam)
    later(timedelta(days=27))
    long = timedelta(days=20)
    granted = answer(world, ask(world, "contact", duration=long), "all")
    grant = granted.grants.get()
    assert len(look(world, grant)) == 1

    later(timedelta(days=33))

    with pytest.raises(LookRefused) as refused:
        look(world, grant)
    assert refused.value.why == DecisionCode.NOT_TRAINED
    assert Entry.objects.filter(event="vault.opening_refused").latest("id").outcome == "not_trained"
    page = signed_in(world.sam.user).get(f"/admin/open/{granted.pk}/")
    assert page.status_code == 403 and "Your training" in page.content.decode()
    train(world.sam)
    assert len(look(world, grant)) == 1


def test_the_database_asks_again(real_world):
    """A forged request, and a forged opening, of a member without training."""
    world = real_world
    grant = answer(world, ask(world, "contact"), "all").grants.get()
    publish_module(world)
    opening = uuid4()
    with application_speaking() as application:
        entry = told("access_request.filed", grant.access_request_id, world.ada.customer.pk)
        filed = outcome(application, (NEW_REQUEST, [grant.access_request_id]), entry)
        with application.transaction():
            application.execute(
                "INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)"
                " SELECT %s, 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant",
                [opening],
            )
            application.execute(
                "SELECT portal.append_entry('vault.opened', %s, 'staff', %s, 'access_request', %s, '', 'admin', NULL,"
                " '', %s)",
                [world.ada.customer.pk, str(world.sam.pk), str(grant.access_request_id), f'{{"opening":"{opening}"}}'],
            )
        read = "SELECT * FROM portal.read_records(%s, %s, %s, 10)"
        seen = [opening, world.ada.customer.pk, grant.category_id]
        assert filed == "23001 access_accessrequest_of_trained"
        assert application.execute(read, seen).fetchall() == []
        train(world.sam)
        assert len(application.execute(read, seen).fetchall()) == 1


def test_it_adds_no_statement_to_a_decision(world):
    grant = answer(world, ask(world, "contact"), "all").grants.get()
    publish_module(world)
    train(world.sam)

    with CaptureQueriesContext(
        connection,
    ) as statements:
        _scope, decision = decisions.decide_look(grant=grant.pk, staff=world.sam.pk)

    assert len(statements) == 1 and decision.allowed


@pytest.mark.parametrize("moment", ["portal.now() - interval '1 year'", "portal.now() + interval '1 year'"])
def test_a_module_is_published_now(world, moment):
    draft = make_module_draft()
    with pytest.raises(DatabaseError, match="by a privacy officer, now"), transaction.atomic():
        ModuleVersion.objects.filter(pk=draft.pk).update(published_at=RawSQL(moment, []), published_by=world.pia.user)
