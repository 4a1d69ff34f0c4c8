"""No valid attestation, no ask and no look; a lapse ends the next look, not the grant."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from consents.access.models import AccessRequest
from consents.decisions import selectors as decisions
from consents.decisions.rules import DecisionCode
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.found_customers import sign_found_customer
from consents.training.models import ModuleVersion
from consents.training.rules import NotTrained
from tests.architecture.mutation.attempts.access import NEW_REQUEST
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import answer, ask, signed_in
from tests.world.training import make_module_draft, publish_module, train

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
