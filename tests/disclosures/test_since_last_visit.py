"""The home page says what happened since the visitor last signed in: by others, or to the settings."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consents.access.services.ending import end_due_grants, stop_access
from consents.choices.services import answering, withdrawing
from consents.disclosures.customers.presenting import NEWS
from consents.disclosures.services import LookRefused, disclose_records
from consents.disclosures.telling import services
from consents.disclosures.telling.rules import HowOften
from consents.exemptions.selectors import select_grants
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor, registered
from consents.people.models import User
from tests.architecture.recorded_events import recorded
from tests.bench.counting import queries_of
from tests.disclosures.looking import look
from tests.world.cast import PASSWORD, answer, ask, make_next_version, signed_in
from tests.world.choices import make_offers
from tests.world.exemptions import build_delay, decide, file_order
from tests.world.holders import share_account
from tests.world.retirements import retire


def visiting(world, before: timedelta | None = timedelta(days=1), user: User | None = None):
    client = signed_in(user or world.ada.user)
    session = client.session
    session["last_visit"] = (timezone.now() - before).isoformat() if before else ""
    session.save()
    return client


def home(client) -> str:
    return " ".join(client.get("/").content.decode().split())


def test_it_counts_looks_asks_and_changes_of_settings(real_world):
    look(real_world, answer(real_world, ask(real_world)))
    ask(real_world, "contact", member=real_world.kim)
    services.choose_look_emails(customer=real_world.ada.customer.pk, how_often=HowOften.NEVER, by=real_world.ada.actor)

    text = home(visiting(real_world))
    assert "Since your last visit" in text
    assert all(line in text for line in ("1 look by our staff", "2 new requests", "1 change of your settings"))


def test_kinds_of_news_on_one_page_are_counted_apart(real_world):
    allowed = answer(real_world, ask(real_world))
    look(real_world, allowed)
    stop_access(access_request=allowed.pk, customer=real_world.ada.customer.pk, by=real_world.ada.actor)
    with pytest.raises(LookRefused):
        look(real_world, allowed)

    text = home(visiting(real_world))

    assert "1 look by our staff" in text and "1 refused try to look" in text


def give(world, version):
    terms = {"customer": world.ada.customer.id, "purpose": version.purpose.code, "version": version.pk}
    return answering.give_consent(**terms, by=world.ada.actor)


def test_a_consent_that_the_company_or_an_authority_ended_did_not_run_out(world):
    given, offers = give(world, world.version), make_offers(world)
    withdrawing.invalidate_choice(choice=given.pk, by=Actor("staff", str(world.pia.pk)))
    given = give(world, offers)
    retire(offers.purpose)
    withdrawing.record_lapse(choice=given.pk, by=PORTAL)

    text = home(visiting(world))

    assert "1 consent that was found invalid" in text and "1 consent that we ended" in text
    assert "ran out" not in text


def test_a_consent_that_a_new_text_has_ended_is_news_once(world):
    give(world, world.version)
    person = visiting(world)
    assert "because its text changed" not in home(person)

    make_next_version(world.version.purpose, world.pia.user)

    assert "1 consent that ended because its text changed" in home(person)
    assert "Nothing is new since." in home(visiting(world, before=-timedelta(minutes=1)))


def test_what_came_before_the_last_visit_is_not_news(world):
    ask(world)

    text = home(visiting(world, before=-timedelta(minutes=1)))
    assert "Nothing is new since." in text and "new request<" not in text


def test_a_first_visit_has_no_earlier_one(world):
    assert "Since your last visit" not in home(visiting(world, before=None))


def test_another_customer_s_news_is_not_told(world):
    ask(world, customer=world.ben)

    assert "Nothing is new since." in home(visiting(world))


def test_the_time_zone_that_the_browser_offered_is_not_news(world):
    person = visiting(world)
    offered = person.post("/settings/time-zone/offer/", {"time_zone": "Europe/Berlin"})

    assert offered.status_code < 400 and Entry.objects.filter(event="customer.time_zone_chosen").exists()
    assert "Nothing is new since." in home(person)


def test_what_a_law_forbids_to_tell_is_not_counted(real_world):
    exemption = decide(real_world, file_order(real_world, "orders"), delay=build_delay())
    grant = select_grants(exemption.pk).first()
    disclose_records(grant=grant.pk, staff=exemption.staff_id, by=Actor("staff", str(exemption.staff_id)))

    assert "Nothing is new since." in home(visiting(real_world))


def test_what_another_holder_did_is_news_and_what_oneself_did_is_not(world):
    mia = share_account(world)
    asked = ask(world, "orders")
    answer(world, asked, "none")
    give(world, world.version)

    assert "answer recorded" not in (own := home(visiting(world))) and "choice recorded" not in own
    others = home(visiting(world, user=mia.user))
    assert "1 answer recorded by someone else" in others and "1 choice recorded by someone else" in others


def test_what_time_ended_is_news(real_world, later):
    answer(real_world, ask(real_world, "orders"))
    later(timedelta(hours=3))
    end_due_grants()

    assert "1 end of access" in home(visiting(real_world))


# What the first page does not count: what is told there by itself, steps of our own work, and what passed on the
# telephone.
NO_NEWS = """
access_request.caller_code_sent access_request.caller_code_wrong access_request.caller_proved
access_request.question_sent access_request.reminder_wanted access_request.wait_lifted
breach.read choices.digest_queued claim_code.approved claim_code.cancelled claim_code.printed claim_code.proposed
conflict.lifted conflict.noted customer.erased customer.looked_up customer.part_erased customer.recorded
customer.time_zone_chosen erasure.cancelled erasure.proposed
exemption.cancelled exemption.confirmed exemption.delay_renewed exemption.filed exemption.refused exemption.unchecked
history.opened legal_hold.lifted legal_hold.placed limit.lift_announced look_report.answered look_report.filed
message.retried objection.lift_announced part_erasure.cancelled part_erasure.proposed record.claimed
restriction.lift_announced rights_request.acknowledged rights_request.answer_sent
rights_request.code_ended rights_request.code_made rights_request.code_typed rights_request.entry_chosen
rights_request.file_added rights_request.file_agreed rights_request.identity_confirmed
rights_request.law_chosen rights_request.matched rights_request.package_asked rights_request.package_downloaded
rights_request.package_removed rights_request.question_code_typed rights_request.recipient_told
rights_request.system_searched rights_request.unanswered rights_request.value_decided
session.ended vault.compared vault.own_copy vault.stored
"""


def test_every_event_of_a_customer_is_news_or_said_not_to_be():
    told = {name for name, words in registered.items() if words.customer and not words.is_in_copy_only}

    assert told == set(NEWS) | set(NO_NEWS.split()) and not set(NEWS) & set(NO_NEWS.split())


def test_every_event_that_is_news_is_recorded_somewhere():
    assert set(NEWS) - {"rights_request.answered", "rights_request.appeal_decided"} <= recorded()
    assert set(NEWS) <= set(registered)


def test_it_costs_one_query(world):
    ask(world)
    first, later = visiting(world, before=None), visiting(world)
    first.get("/"), later.get("/")

    assert queries_of(later, "/") == queries_of(first, "/") + 1


def test_signing_in_keeps_when_they_were_here_before(world, client):
    user = world.ada.user
    user.last_login = timezone.now() - timedelta(days=3)
    user.set_password(PASSWORD)
    user.save(update_fields=["last_login", "password"])

    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.session["last_visit"] == user.last_login.isoformat()


def test_more_news_than_are_counted_is_said(real_world, monkeypatch):
    ask(real_world, "orders")
    more = "Only the newest {} entries are counted."
    assert more.format(1000) not in home(visiting(real_world))

    monkeypatch.setattr("consents.disclosures.customers.presenting.MOST_NEWS", 1)

    assert more.format(1) in home(visiting(real_world))
