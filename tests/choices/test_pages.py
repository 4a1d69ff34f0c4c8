"""The pages around one choice: all at once, history, not now, explicit; bounded whatever there is."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format

from consents.catalogue.models import Usage
from consents.catalogue.services import versions
from consents.choices.models import Choice
from consents.choices.rules import ActContext, MarkKind
from consents.choices.services import answering, marking, withdrawing
from consents.choices.staff import admin
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.services import customer_records, representing
from tests.world.cast import answer, ask, make_purpose, signed_in
from tests.world.choices import events, make_offers, make_sale, make_special, publish_next
from tests.world.holders import share_account
from tests.world.retirements import retire


def give(world, version, **terms):
    return answering.give_consent(
        customer=world.ada.customer.id,
        purpose=version.purpose.code,
        version=version.pk,
        by=world.ada.actor,
        **terms,
    )


def test_everything_is_withdrawn_in_two_clicks_one_entry_each(world, offers, ada):
    give(world, offers)
    give(world, world.version)
    refused = make_purpose("calls", "Call you", [world.categories["contact"]], world.pia.user, Usage.STANDING)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="calls", by=world.ada.actor)

    page = ada.get("/choices/withdraw-all/").content.decode()
    assert "Send you offers" in page and "Call you" not in page
    assert ada.post("/choices/withdraw-all/").headers["Location"] == "/choices/withdrawn/"
    assert events("offers") == events("support") == ["given", "withdrawn"] and events("calls") == ["refused"]
    ada.post("/choices/withdraw-all/")
    assert events("offers") == ["given", "withdrawn"]
    assert refused


def test_what_is_withdrawn_stays_to_be_read_each_with_its_moment_and_receipt(world, offers, ada):
    nothing = ada.get("/choices/withdrawn/").text
    assert "No consent is withdrawn right now." in nothing and "done-mark" not in nothing
    give(world, offers)
    assert "/choices/withdraw-all/" in ada.get("/choices/").content.decode()
    ada.post("/choices/withdraw-all/")

    page = ada.get("/choices/withdrawn/").content.decode()
    choice = Choice.objects.get()
    assert "Send you offers" in page and f'<time datetime="{timezone.localtime(choice.since).isoformat()}"' in page
    assert f"/receipts/of/{choice.pk}/" in page and 'href="/"' in page and "See who can look now" in page

    give(world, offers)
    assert "Send you offers" not in ada.get("/choices/withdrawn/").content.decode()


def states(ada) -> dict[str, str]:
    """What the page says of each purpose that was answered or is not asked about."""
    context = ada.get("/choices/").context
    groups = [context[name] for name in ("agreed", "refused", "without_asking")]
    return {standing.version.name: state["word"] for group in groups for standing, state in group}


def place(world, kind: MarkKind) -> None:
    marking.place_mark(customer=world.ada.customer.id, kind=kind, purpose="", by=world.ada.actor)


def test_what_an_objection_stops_is_not_called_done(world, offers, ada):
    make_purpose("improve", "Improve", [world.categories["orders"]], world.pia.user, legal_basis="A6-1-f")
    make_purpose("tax", "Pay taxes", [world.categories["orders"]], world.pia.user, legal_basis="A6-1-c")
    give(world, offers)

    place(world, MarkKind.OBJECTION)

    assert states(ada) == {
        "Send you offers": "You agreed",
        "Improve": "Stopped: you objected",
        "Pay taxes": "We do this",
    }


def test_while_the_use_is_paused_the_pages_say_so(world, offers, ada):
    make_purpose("tax", "Pay taxes", [world.categories["orders"]], world.pia.user, legal_basis="A6-1-c")
    give(world, offers)

    place(world, MarkKind.RESTRICTION)

    assert "The use of your data is paused" in ada.get("/choices/").text
    assert states(ada) == {"Send you offers": "Paused", "Pay taxes": "Paused"}
    home = ada.get("/").text
    assert "until the pause ends, no one may ask to see it" in home and "the request appears here" not in home


def test_of_a_shared_account_no_page_says_that_the_reader_chose(world, offers, ada):
    mia = share_account(world)
    how = ActContext(capacity=mia.acting.capacity)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=mia.actor, how=how)

    assert states(ada) == {"Send you offers": "Refused"}

    make_purpose("improve", "Improve", [world.categories["orders"]], world.pia.user, legal_basis="A6-1-f")
    marking.place_mark(customer=world.ada.customer.id, kind=MarkKind.OBJECTION, purpose="", by=mia.actor)
    shared = {"Send you offers": "Refused", "Improve": "Stopped: an objection stands"}
    assert states(ada) == shared

    connection.check_constraints()  # as the commit of what she chose does, before she leaves
    representing.end_acting(acting=mia.acting.pk, user=mia.user, by=mia.actor)
    assert states(ada) == shared  # who has left did it all the same
    page = ada.get("/choices/").text
    assert "Refused or withdrawn" in page and not re.search(r"<(h2|dt)[^>]*>You (agreed|said)", page)


def test_the_withdrawal_page_says_what_stops_and_it_stops(world, ada):
    give(world, world.version)
    answer(world, ask(world, "orders"))
    ask(world, "contact", member=world.kim)

    page = ada.get("/choices/support/withdraw/").content.decode()
    assert "we stop immediately" in page
    assert "Access ends for Sam from Billing Support: Orders." in page
    assert "The request from Kim from Returns is answered with no" in page

    ada.post("/choices/support/withdraw/")
    assert "Access ends for" not in ada.get("/choices/support/withdraw/").content.decode()


def test_a_no_long_after_the_withdrawal_does_not_say_that_it_stops_only_now(world, offers, ada):
    give(world, offers)
    ada.post("/choices/offers/withdraw/")

    page = ada.post("/choices/offers/give/", {"answer": "refused"}, follow=True).text

    assert "Send you offers: you withdrew, so we no longer do it." in page and "stop now" not in page


def test_there_is_nothing_to_withdraw_where_nothing_is_given(world, offers, ada):
    page = ada.get("/choices/offers/withdraw/").content.decode()
    assert "there is nothing to withdraw" in page and "we stop immediately" not in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    assert not Choice.objects.exists()


def test_a_withdrawn_consent_is_not_called_one_that_was_never_given(world, offers, ada):
    give(world, offers)
    no_of(ada, "/choices/offers/withdraw/")

    assert "You have no consent in force for this" in ada.get("/choices/offers/withdraw/").content.decode()
    assert "No consent of yours is in force" in ada.get("/choices/withdraw-all/").content.decode()


def test_the_text_agreed_to_is_one_link_away(world, offers, ada):
    give(world, offers)
    card = ada.get("/choices/").content.decode().split('id="purpose-offers"')[1].split("</li>")[0]
    assert re.search(r'href="/choices/offers/give/">\s*Read the text', card)

    page = ada.get("/choices/offers/give/").content.decode()
    assert "We only look at what you allow." in page and "I agree" not in page
    assert 'class="button" href="/choices/offers/withdraw/"' in page


def test_a_purpose_on_another_basis_says_where_to_object(world, ada, settings):
    contact = [world.categories["contact"]]
    make_purpose("audit", "Check our books", contact, world.pia.user, Usage.STANDING, legal_basis="A6-1-f")
    card = ada.get("/choices/").content.decode().split('id="purpose-audit"')[1].split("</li>")[0]
    assert f'href="mailto:{settings.PORTAL_EMAIL}"' in card and "Give consent" not in card


def test_a_special_category_takes_a_second_confirming_step(world, ada):
    version = make_special(world)
    first = ada.post("/choices/care/give/", {"answer": "given", "version": version.pk})
    assert "very personal data" in first.content.decode() and not Choice.objects.exists()

    sent = first.context["form"].sent_along
    ada.post("/choices/care/give/", {"answer": "given"} | sent)

    assert Entry.objects.get(event="consent.given").facts["explicit"] is True


@pytest.mark.parametrize("kind", ["explicit", "sale"])
@pytest.mark.parametrize("steps", [0, 1])
def test_nobody_agrees_to_words_that_they_were_not_shown(world, ada, kind, steps):
    """The text is replaced while the page, or the page that confirms, is open."""
    version = make_special(world) if kind == "explicit" else make_sale(world)
    code = version.purpose.code
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose=code, by=world.ada.actor)
    path, sent = f"/choices/{code}/give/", {"answer": "given", "version": version.pk}
    for _ in range(steps):
        sent |= ada.post(path, sent).context["form"].sent_along
    newer = publish_next(version, world.pia.user)

    page = ada.post(path, sent)

    assert page.status_code == 409 and "Do you agree to this?" not in page.content.decode()
    assert [str(error) for errors in page.context["form"].errors.values() for error in errors] == [
        "The text of this choice changed while your page was open. Read the new text; nothing was saved."
    ]
    assert page.context["form"].sent_along["version"] == newer.pk
    assert events(code) == ["refused"]


def newest_facts() -> tuple[str, int, str]:
    entry = Entry.objects.filter(object_type="choice").latest("id")
    return entry.event, entry.facts["version"], entry.facts["language"]


def no_of(client, path: str, **sent) -> None:
    """Pressed on the page as it was opened, whatever has changed since."""
    assert client.post(path, sent, headers={"Accept-Language": "en"}).status_code == 302


def test_a_no_is_on_record_with_the_words_that_were_shown_and_never_refused_for_them(world, offers, ada):
    shown = ada.get("/choices/offers/give/").context["form"].sent_along
    newer = publish_next(offers, world.pia.user)
    no_of(ada, "/choices/offers/give/", answer="refused", **shown | {"language": "de"})
    assert newest_facts() == ("consent.refused", 1, "de")

    give(world, newer)
    sent = ada.get("/choices/offers/withdraw/").context["form"].sent_along
    page = ada.get("/choices/offers/withdraw/").content.decode()
    assert f'name="version" value="{newer.pk}"' in page and 'name="language" value="en"' in page
    publish_next(newer, world.pia.user, material=False)
    no_of(ada, "/choices/offers/withdraw/", **sent)
    assert newest_facts() == ("consent.withdrawn", 2, "en")


@pytest.mark.parametrize("kind", ["none", "no number", "of another purpose", "a draft", "unheard of"])
def test_a_no_to_words_that_nobody_published_is_a_no_to_those_in_force(world, offers, ada, kind):
    draft = versions.draft_next_version(purpose=offers.purpose, officer=world.quinn.user, by=PORTAL)
    made_up = {"no number": "x", "of another purpose": world.version.pk, "a draft": draft.pk, "unheard of": 2**40}
    no_of(ada, "/choices/offers/withdraw/", language="x" * 99, **{"version": made_up[kind]} if kind != "none" else {})
    assert newest_facts() == ("consent.refused", 1, "en")


def test_a_withdrawal_names_the_reworded_text_that_was_shown(world, offers, ada):
    give(world, offers)
    reworded = publish_next(offers, world.pia.user, material=False)
    no_of(ada, "/choices/offers/withdraw/", version=reworded.pk, language="es")
    assert newest_facts() == ("consent.withdrawn", 2, "es")


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"version": "", "answer": "given"}, "Your answer arrived incomplete"),
        ({"version": "x", "since": "y", "step": "z" * 999, "language": "l" * 99}, "Your answer arrived incomplete"),
        ({"answer": "perhaps"}, "Choose one of the buttons."),
        ({}, "Choose one of the buttons."),
    ],
    ids=["without a version", "everything tampered with", "another answer", "no answer"],
)
def test_a_damaged_answer_gets_one_plain_sentence(world, offers, ada, sent, sentence):
    page = ada.post("/choices/offers/give/", {"version": offers.pk} | sent)

    told = [str(error) for errors in page.context["form"].errors.values() for error in errors]
    assert page.status_code == 422 and len(told) == 1 and told[0].startswith(sentence)
    assert page.content.decode().count(sentence) == 1
    assert not Choice.objects.exists()


def test_a_renewal_says_that_it_is_one_and_what_a_no_would_stop(world, ada):
    version = make_offers(world, consent_months=1)
    before = ada.get("/choices/offers/give/").content.decode()
    assert "is in force" not in before and "we stop immediately" not in before
    until = give(world, version).valid_until
    both = make_purpose("calls", "Call you", [world.categories["contact"]], world.pia.user, consent_months=1)
    give(world, both)
    answer(world, ask(world, "contact", version=both.pk))

    page = ada.get("/choices/offers/give/").content.decode()
    assert "Consent to this is in force" in page and "If you do not agree, we stop immediately" in page
    assert f"It ends automatically on {date_format(timezone.localtime(until), 'j\u00a0F Y')}" in page
    assert "If you withdraw, we stop" not in page and "Sam from" not in page
    assert (
        "Access ends for Sam from Billing Support: Contact details." in ada.get("/choices/calls/give/").content.decode()
    )


@pytest.mark.parametrize(
    ("months", "says"), [(12, "It ends automatically on"), (None, "It stays valid until you withdraw it.")]
)
def test_a_consent_that_needs_no_renewal_yet_is_not_said_to_grow(world, ada, months, says):
    give(world, make_offers(world, consent_months=months))
    page = ada.get("/choices/offers/give/").content.decode()
    assert says in page and "it lasts longer" not in page


def test_whose_consent_was_found_invalid_reads_so_before_the_next_answer(world, offers, ada):
    withdrawing.invalidate_choice(choice=give(world, offers).pk, by=Actor("staff", str(world.pia.pk)))
    page = ada.get("/choices/offers/give/").content.decode()
    assert "Your earlier consent was found to be invalid" in page and "You have agreed" not in page


def test_withdrawing_explicit_consent_takes_one_step(world, ada):
    give(world, make_special(world), confirmed=True)
    ada.post("/choices/care/withdraw/")
    assert events("care") == ["given", "withdrawn"]


def test_not_now_is_offered_beside_yes_and_no_until_something_is_decided(world, offers, ada):
    assert "Not now" in ada.get("/choices/offers/give/").content.decode()
    page = ada.post("/choices/offers/give/", {"answer": "later", "version": offers.pk}, follow=True)
    assert "nothing was decided" in page.content.decode()
    assert events() == ["deferred"]

    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)
    assert "Not now" not in ada.get("/choices/offers/give/").content.decode()


def test_a_choice_has_its_own_history(world, offers, ada):
    give(world, world.version)
    give(world, offers)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)

    page = ada.get("/choices/offers/history/").content.decode()

    assert page.index("You withdrew your consent") < page.index("You agreed to version 1")
    assert page.split('class="timeline"')[1].split("</ol>")[0].count("<time") == 2


@pytest.mark.parametrize(
    ("language", "day"),
    [("de", r"bis zum \d\d?\.\xa0\w+ \d{4}\."), ("es", r"hasta el \d\d?\xa0de \w+ de \d{4}\.")],
)
def test_days_of_a_history_are_spelled_as_the_reader_spells_them(world, ada, language, day):
    give(world, make_offers(world, consent_months=12))
    customer_records.choose_language(customer=world.ada.customer.pk, language=language, by=world.ada.actor)

    assert re.search(day, ada.get("/choices/offers/history/").content.decode())


def test_a_retired_purpose_keeps_its_history(world, offers, ada):
    give(world, offers)
    retire(offers.purpose)
    withdrawing.revoke_due_choices()

    assert "What we no longer do" in ada.get("/choices/").content.decode()
    assert "your consent ended" in ada.get("/choices/offers/history/").content.decode()


def test_an_answer_about_a_purpose_that_ended_leads_to_where_it_says_so(world, offers, ada):
    """The page was loaded before; what its press did, or that it did nothing, must not read as a wrong address."""
    ben, ended = signed_in(world.ben.user), "e no longer do this, and no one will ask you about it again."
    give(world, offers)
    retire(offers.purpose)

    for path in ("/choices/offers/give/", "/choices/offers/withdraw/"):
        assert ended in ada.post(path, {"answer": "given"}, follow=True).content.decode()
        assert f"{offers.name}: w{ended}" in ben.post(path, {"answer": "given"}, follow=True).content.decode()
    assert ended in ada.get("/choices/offers/saved/", follow=True).content.decode()


@pytest.mark.parametrize("path", ["/choices/offers/history/", "/choices/nothing/history/", "/choices/nothing/give/"])
def test_nothing_chosen_has_no_history(world, offers, ada, path):
    assert ada.get(path).status_code == 404


def test_repeated_words_of_a_page_are_never_stale(world, offers, ada):
    """After a refusal the page sends along what is in force now."""
    page = ada.post("/choices/offers/give/", {"answer": "given", "version": 987})
    assert page.status_code == 409
    assert page.context["form"].sent_along["version"] == offers.pk


def test_wording_only_keeps_consent_and_says_so(world):
    given = answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    draft = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)

    draft.material = False

    assert Choice.objects.get() == given
    assert admin.preview_customers_asked_again(draft) == [
        "The consent of 1 customer stands; they are told that the words have changed."
    ]


def test_consent_that_has_ended_already_is_not_counted_again(real_world, later):
    """No job has put it on record yet."""
    world = real_world
    offers = make_offers(world)
    stands = {"customer": world.ada.customer.id, "by": world.ada.actor}
    answering.give_consent(purpose="support", version=world.version.pk, **stands)
    answering.give_consent(purpose="offers", version=offers.pk, **stands)
    assert admin.count_given(world.purpose) == 1
    assert admin.preview_erased_consents(world.ada.customer.id) == ["2 consents no longer count."]

    newer = publish_next(world.version, world.pia.user)
    assert admin.count_given(world.purpose) == 0 and admin.preview_customers_asked_again(newer) == []
    assert admin.preview_ended_consents(world.purpose) == []
    assert admin.preview_erased_consents(world.ada.customer.id) == ["1 consent no longer counts."]
    assert admin.count_given(offers.purpose) == 1

    later(timedelta(days=366))
    assert admin.count_given(offers.purpose) == 0 and admin.preview_erased_consents(world.ada.customer.id) == []
    assert set(Choice.objects.values_list("status", flat=True)) == {"ConsentGiven"}
