"""Who acts for a child reads the child's name, on every page and in every email, where a customer reads "your"."""

import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import translation

from consents.breaches import services
from consents.breaches.models import BreachNotice
from consents.breaches.selectors import count_notices
from consents.choices.rules import Status
from consents.choices.services.emails import CONFIRMATIONS
from consents.core.represented_words import REPRESENTED, REPRESENTED_COUNTS, speak_about
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.email_texts import build_email_context, render_email_text
from consents.notifications.models import Message
from consents.notifications.services.queueing import confirm_act
from consents.people import rules, selectors
from consents.people.models import Acting
from consents.people.services import claiming, customer_records, representing
from tests.world.addresses import CUSTOMER_ROOMS, addresses
from tests.world.breaches import agree, assess_breach, propose_announcement, record_breach
from tests.world.cast import ask, make_user, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.scene_fixtures import scene

YOURS = re.compile(r"\b(your|Your) (own )?(data|record)\b|Ihren? Daten|sus datos")
# Of the visitor's own account, of every browser, or of what the child gets.
# The company's own words about a purpose, the same for everybody.
PUBLISHED = "We look at your data to answer your questions."
ABOUT_THE_READER = {"people:claim", "people:lock", "opt_out", "verify_receipt"}


def make_child() -> SimpleNamespace:
    """Eight, in Germany, without an address of her own."""
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    customer = customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about)
    return SimpleNamespace(customer=customer)


@pytest.fixture
def child(world):
    """Nora, or somebody whose mother has not come yet."""
    return vars(world).get("child") or make_child()


@scene
def nora(world):
    """Ada is her mother, and calls her Nora."""
    child = world.child = make_child()
    code = make_claim_code(customer=child.customer, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=Actor("customer", str(world.ada.user.pk)))
    acting = world.ada.user.actings.get(customer=child.customer)
    representing.choose_spoken_name(acting=acting.pk, user=world.ada.user, name="Nora")
    return Acting.objects.get(pk=acting.pk)


@pytest.fixture
def mum(world, nora):
    """Acting for Nora."""
    client = signed_in(world.ada.user)
    client.post(reverse("people:act_for"), {"acting": nora.pk})
    return client


def text_of(response) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def list_values(sentence: str) -> list[str]:
    """What is filled in; a singular may say "once" where its plural says the number."""
    return sorted(set(re.findall(r"%\(\w+\)s", sentence)) - {"%(n)s"})


class TestPages:
    @pytest.mark.parametrize("language", ["en", "de", "es"])
    def test_none_says_your_data_of_the_childs(self, world, child, mum, language):
        request = ask(world, "contact", customer=child)
        mum.cookies["django_language"] = language
        mum.post(reverse("people:language"), {"language": language})
        seen = {"request": reverse("access:request", args=[request.pk])}
        seen |= {name: f"/{path}" for name, path in addresses() if name.split(":")[0] in CUSTOMER_ROOMS}
        said = []
        for name, path in seen.items():
            response = mum.get(path)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                text = text_of(response).replace(PUBLISHED, "")
                said += [(name, text[max(0, one.start() - 60) : one.end() + 60]) for one in YOURS.finditer(text)]
        assert [one for one in said if one[0] not in ABOUT_THE_READER] == []

    def test_whoever_acted_for_a_child_reads_that_they_have_grown_up(self, world, nora, later):
        path = reverse("people:representatives")
        assert "old enough" not in signed_in(world.ada.user).get(path).text

        later(timedelta(days=8 * 366))

        assert "Nora is old enough to decide alone now" in text_of(signed_in(world.ada.user).get(path))

    def test_whoever_stops_acting_reads_what_they_lose_themselves(self, nora, mum):
        page = text_of(mum.get(reverse("people:end_representative", args=[nora.pk])))
        assert "You can no longer see or answer anything for Nora" in page and "They can no longer" not in page

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("home", "Who can see Nora’s data now"),
            ("choices:list", "Choices for Nora"),
            ("rights:list", "Nora’s rights"),
            ("receipts:list", "Receipts for Nora"),
            ("disclosures:activity", "Who looked at Nora’s data"),
        ],
    )
    def test_bar_title_and_heading_name_the_child(self, mum, name, words):
        page = mum.get(reverse(name)).text
        assert words in text_of(mum.get(reverse(name)))
        assert "You are acting for Nora (customer" in re.sub(r"\s+", " ", page)
        assert "- Nora" in re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]

    def test_a_request_names_the_child_in_its_heading(self, world, child, mum):
        request = ask(world, "contact", customer=child)
        page = mum.get(reverse("access:request", args=[request.pk])).text
        assert re.search(r"<h1>[^<]* wants to see Nora’s data</h1>", page)

    def test_her_own_pages_say_your(self, world, nora):
        page = signed_in(world.ada.user).get("/").text
        assert "Who can see your data now" in page

    def test_the_home_lists_everybody_with_what_waits(self, world, child, nora):
        ask(world, "contact", customer=child)
        page = text_of(signed_in(world.ada.user).get("/"))
        assert "1 request about Nora is waiting for you" in page
        assert "Nothing is waiting for you" not in page
        assert "Yourself 0 requests Shown on this page" in page and "Nora 1 request Act for Nora" in page

    def test_the_one_thing_to_do_is_the_filled_button(self, world, child, nora):
        client = signed_in(world.ada.user)
        ask(world, "contact", customer=child)
        assert re.search(r'<button class="button button-main">\s*Act for Nora', client.get("/").text)
        ask(world, "contact", customer=world.ada)
        assert re.search(r'<button class="button-link">\s*Act for Nora', client.get("/").text)

    def test_one_press_leads_to_what_waits(self, world, child, nora):
        ask(world, "contact", customer=child)
        client = signed_in(world.ada.user)
        page = client.post(reverse("people:act_for"), {"acting": nora.pk}, follow=True)
        assert "wants to see Nora’s data" in page.text

    def test_a_customer_who_acts_for_nobody_reads_no_list(self, world):
        assert "Who you act for" not in signed_in(world.ada.user).get("/").text


class TestName:
    def test_it_is_asked_for_after_the_code(self, world, child):
        code = make_claim_code(customer=child.customer, officer=world.pia.user, capacity="guardian")
        client = signed_in(make_user("dad@example.com"))
        response = client.post(reverse("people:claim"), {"code": code}, follow=True)
        assert "What do you call this person?" in response.text
        path = response.redirect_chain[-1][0]
        assert "Zoë O’Neil" in client.post(path, {"name": " Zoë  O'Neil "}, follow=True).text

    def test_without_one_the_number_stands_for_it(self, world, child, nora):
        representing.choose_spoken_name(acting=nora.pk, user=world.ada.user, name="")
        assert selectors.get_spoken_name(Acting.objects.get(pk=nora.pk)) == child.customer.reference

    @pytest.mark.parametrize("name", ["<b>x</b>", "100%s", "{name}", "a&b", "-", "x" * 41, "a\x00b;"])
    def test_nothing_that_a_page_or_a_sentence_could_read_is_a_name(self, world, mum, nora, name):
        response = mum.post(reverse("people:choose_name", args=[nora.pk]), {"name": name})
        assert response.status_code == 422
        assert selectors.get_spoken_name(Acting.objects.get(pk=nora.pk)) == "Nora"

    def test_nobody_else_names_or_reads_it(self, world, nora):
        other = signed_in(world.ben.user)
        assert other.post(reverse("people:choose_name", args=[nora.pk]), {"name": "X"}).status_code == 404
        assert b"Nora" not in bytes(nora.sealed_name)
        assert "Nora" not in other.get(reverse("people:representatives")).text

    def test_it_goes_when_the_part_ends(self, world, nora):
        representing.end_acting(acting=nora.pk, user=world.ada.user, by=world.ada.actor)
        assert Acting.objects.get(pk=nora.pk).sealed_name is None

    def test_a_name_put_back_by_the_database_is_checked_again(self):
        assert not rules.is_spoken_name("<script>") and rules.is_spoken_name("Anne-Marie 2.")


class TestEmails:
    @pytest.mark.parametrize(("language", "words"), [("en", "Nora’s data"), ("de", "Daten von Nora"), ("es", "Nora")])
    def test_the_subject_and_the_text_name_the_child(self, world, child, nora, language, words):
        customer_records.choose_language(customer=child.customer.pk, language=language, by=world.ada.actor)
        ask(world, "contact", customer=child)
        message = Message.objects.filter(kind="access_request_filed", customer=child.customer.pk).get()
        deliver_message(message=message.id)
        written = mail.outbox[-1]
        assert written.to == ["ada@example.com"]
        assert words in written.subject and words in written.body and not YOURS.search(written.body)

    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "the child’s data"), ("de", "Daten von dem Kind"), ("es", "datos de la persona menor de edad")],
    )
    def test_without_a_name_no_number_leaves_by_email(self, world, child, nora, language, words):
        representing.choose_spoken_name(acting=nora.pk, user=world.ada.user, name="")
        customer_records.choose_language(customer=child.customer.pk, language=language, by=world.ada.actor)
        ask(world, "contact", customer=child)
        deliver_message(message=Message.objects.get(kind="access_request_filed", customer=child.customer.pk).id)
        written = mail.outbox[-1]
        assert words in written.subject and not YOURS.search(written.body)
        assert child.customer.reference not in written.subject + str(written.message())
        assert str(child.customer.pk)[:8].upper() not in written.subject + written.body

    @pytest.mark.parametrize(
        ("actor", "words"), [("representative", "act for Nora did"), ("staff", "typed this in for Nora")]
    )
    def test_a_confirmation_says_for_whom_it_was_done(self, world, child, nora, actor, words):
        by = Actor(actor, str(world.ada.user.pk))
        confirm_act(customer=child.customer.pk, act=CONFIRMATIONS[Status.GIVEN], key="one", actor=by)
        deliver_message(message=Message.objects.get(kind="act_confirmed", customer=child.customer.pk).id)
        written = mail.outbox[-1]
        assert "changed for Nora" in written.subject and words in written.body and not YOURS.search(written.body)

    def test_a_breach_names_the_child_in_its_subject(self):
        with speak_about("Nora"):
            subject = render_email_text("email/breach_told", build_email_context({})).subject
        assert subject.endswith("concerns Nora’s data")

    def test_a_breach_is_told_to_who_acts_for_the_child_and_nobody_writes_a_letter(self, world, child, nora, mum):
        breach = record_breach(world)
        assess_breach(world, breach)
        announcement = propose_announcement(world, breach, child.customer.reference)
        agree(world, announcement)
        assert services.carry_out_announcements()
        assert count_notices([announcement.pk])[announcement.pk]["unreached"] == 0
        notice = BreachNotice.objects.get(customer=child.customer.pk)
        for path in (reverse("home"), reverse("breaches:notice", args=[notice.pk])):
            page = text_of(mum.get(path))
            assert "A security incident concerns Nora’s data" in page and not YOURS.search(page)

    def test_her_own_say_your(self, world, nora):
        ask(world, "contact", customer=world.ada)
        deliver_message(message=Message.objects.get(kind="access_request_filed", customer=world.ada.customer.pk).id)
        assert "your data" in mail.outbox[-1].subject and "Nora" not in mail.outbox[-1].body


class TestSecondSet:
    def test_each_sentence_is_one_that_is_said(self):
        """A sentence that was rewritten would fall back to "your" unnoticed."""
        said = list_said_elsewhere()
        assert [own for own in [*REPRESENTED, *REPRESENTED_COUNTS] if own not in said] == []

    def test_each_has_the_name_and_the_same_values(self):
        pairs = [(own, [other]) for own, other in REPRESENTED.items()]
        pairs += [(own, list(others)) for own, others in REPRESENTED_COUNTS.items()]
        for own, others in pairs:
            for other in others:
                assert "{name}" in other and list_values(own) == list_values(other)

    def test_a_name_begins_a_sentence_with_a_capital(self):
        with speak_about("the child"):
            assert translation.gettext("Your data") == "The child’s data"

    def test_an_email_to_somebody_else_speaks_to_them(self):
        with speak_about("Nora"):
            assert translation.gettext("Your data") == "Nora’s data"
            with translation.override("de"):
                assert translation.gettext("Your data") == "Ihre Daten"
        assert translation.gettext("Your data") == "Your data"


def list_said_elsewhere() -> set[str]:
    """By the catalog, which names every message with its places (tests/architecture/test_translations.py)."""
    with (settings.BASE_DIR / "portal/locale/de/LC_MESSAGES/django.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    return {
        part
        for message in messages
        for part in ([message.id] if isinstance(message.id, str) else list(message.id))
        if any(not place.endswith("represented_words.py") for place, _line in message.locations)
    }
