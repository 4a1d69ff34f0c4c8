"""Asking for a right, page by page, without script; and following it."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from consents.choices.models import Choice
from consents.core.durations import format_day, get_home_day
from consents.exports.datasets.requests import list_jurisdictions
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.services import claiming, customer_records
from consents.rights import words
from consents.rights.customers.forms import PART, list_places
from consents.rights.customers.steps import FORMS
from consents.rights.models import RightsRequest, Statement
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import erasing, handling
from consents.rights.services.emails import is_reachable
from consents.rights.staff.pages import describe_document
from tests.forms import forms_on, read, sent
from tests.rights.officer_pages import freshly
from tests.world.cast import PASSWORD, signed_in
from tests.world.choices import make_sale
from tests.world.claim_codes import make_claim_code
from tests.world.proofs import PROOF_PAGE, by_password, code_in, last_mail, prove
from tests.world.rights_requests import answer, by_staff, file, make_californian, search

STRANGER = {"name": "Eve Example", "email": "eve@example.com", "submitted_by": "self"}


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)


def ask(client, path: str, said: dict[str, str]):
    """Every question answered with what is known of the answers, then sent. Returns the last response."""
    response = client.get(path)
    for _ in range(8):
        (form,) = [one for one in forms_on(response) if "token" in one.fields]
        done = form_values(response, "done")
        if ("send", "1") in form.buttons:
            press = form.fields | {"send": "1", "done": done}
            last = client.post(path, press)
            return client.post(path, press | {"mailed_code": code_in(last_mail())}) if is_code_asked(last) else last
        known = set(form.fields) | set(form.offers)
        response = client.post(
            path,
            {name: value for name, value in form.fields.items() if value and name != "done"}
            | {name: value for name, value in said.items() if name in known}
            | {"done": done},
        )
        assert response.status_code == 200, response.content.decode()
    raise AssertionError("The questions do not end.")


def is_code_asked(response) -> bool:
    return 'name="mailed_code"' in response.content.decode()


def form_values(response, name: str) -> list[str]:
    html = response.content.decode()
    return [part.split('"')[0] for part in html.split(f'name="{name}" value="')[1:]]


def text(response) -> str:
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


class TestSignedIn:
    def test_a_copy_is_asked_for_and_has_a_number_and_a_day(self, world, ada):
        response = ask(ada, "/rights/access/", {"span": "all", "words": "My orders, please."})

        filed = RightsRequest.objects.get()
        assert response.status_code == 302 and response.url == f"/rights/requests/{filed.number}/sent/"
        page = text(ada.get(response.url))
        assert filed.number in page and "We’ll answer by" in page and "Confirm my request" in page
        assert words.open_statement(filed, Statement.Kind.ASKED) == {"words": "My orders, please."}
        assert (filed.channel, filed.submitted_by, filed.verification_level) == ("portal", "self", "")

    def test_the_day_it_is_answered_by_is_the_companys_before_and_after(self, world, ada):
        """East of the company its last hour is the next day: promised is the day that the law counts to."""
        zone = {"time_zone": "Asia/Kathmandu", "customer": world.ada.customer.pk, "by": world.ada.actor}
        customer_records.choose_time_zone(**zone)
        path, checked = "/rights/access/", {"span": "all", "done": ["period", "words"]}
        promised = r"We’ll answer by.{0,200}?(\d+ \w+ \d{4})"
        before = re.search(promised, text(ada.post(path, checked)), re.S).group(1)
        sent_page = ask(ada, path, {"span": "all"}).url

        assert before == format_day(get_home_day(RightsRequest.objects.get().answer_by))
        for page in (sent_page, sent_page.replace("sent/", ""), "/rights/"):
            assert before == re.search(promised, text(ada.get(page)), re.S).group(1), page

    def test_the_mailed_code_confirms_it_on_the_page_itself(self, world, ada):
        page = ask(ada, "/rights/access/", {"span": "all"}).url
        confirm, filed = page.replace("sent/", "confirm/"), RightsRequest.objects.get()
        code = code_in(last_mail())
        assert "We have sent a code to ada@example.com" in text(ada.get(page))
        wrong = ada.post(confirm, {"code": "ABCD-EFGH", "token": str(uuid4())})
        assert wrong.status_code == 422 and "This code does not work" in text(wrong)
        assert ada.post(confirm, {"send": "1"}).url == page
        assert ada.post(confirm, {"code": code}).status_code == 422  # the newest counts
        done = ada.post(confirm, {"code": code_in(last_mail()), "token": str(uuid4())})
        assert done.url == f"/rights/requests/{filed.number}/"
        filed.refresh_from_db()
        assert filed.verification_level == "session_reauth"

    def test_who_signed_in_just_now_need_not_confirm(self, world):
        ask(freshly(world.ada), "/rights/access/", {"span": "all"})
        assert RightsRequest.objects.get().verification_level == "session_reauth"

    def test_a_time_is_kept_as_it_was_typed(self, world, ada):
        said = {"span": "part", "from_day": "2026-01-01", "until_day": "2026-06-30"}
        ask(ada, "/rights/access/", said)
        filed = RightsRequest.objects.get()
        assert (filed.scope_from.isoformat(), filed.scope_until.isoformat()) == ("2026-01-01", "2026-06-30")

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({}, "Choose which period."),
            ({"span": "part"}, "Type a first or a last day"),
            ({"span": "part", "from_day": "2026-06-30", "until_day": "2026-01-01"}, "before the first"),
            ({"span": "part", "from_day": "soon"}, "Type a day."),
            ({"span": "x\0"}, "There is a problem"),
        ],
    )
    def test_a_bad_answer_gets_a_sentence_and_nothing_is_filed(self, world, ada, said, sentence):
        response = ada.post("/rights/access/", said | {"done": "period"})
        assert response.status_code == 422 and sentence in text(response)
        assert not RightsRequest.objects.exists()

    def test_a_correction_says_how_it_should_read(self, world, ada):
        ask(ada, "/rights/rectification/", {"category": "contact", "right_phone": "555-0199"})
        filed = RightsRequest.objects.get()
        said = words.open_statement(filed, Statement.Kind.ASKED)
        assert said["proposals"] == [{"category": "contact", "field": "phone", "right": "555-0199"}]
        assert filed.scope == ["contact"]

    def test_the_check_of_a_correction_names_the_entry_as_such(self, world, ada):
        said = {"category": "contact", "right_phone": "555-0199", "which_entry": "Red chair"}
        page = text(ada.post("/rights/rectification/", said | {"done": ["category", "correction", "words"]}))
        assert "555-0199; Which entry: Red chair" in page

    def test_a_deletion_is_about_all_of_it_and_says_so(self, world, ada):
        html = text(ada.get("/rights/erasure/"))
        assert "If you choose all of your data" in html and html.index("All of my data") < html.index("Only some kinds")
        ask(ada, "/rights/erasure/", {"extent": "all", "kinds": "orders"})
        assert RightsRequest.objects.get().scope == []

    def test_a_deletion_may_be_about_some_kinds_alone(self, world, ada):
        said = {"extent": "part", "kinds": ["orders", "contact"], "done": ["kinds", "words"]}
        (form,) = [one for one in forms_on(ada.post("/rights/erasure/", said)) if "token" in one.fields]
        ada.post("/rights/erasure/", said | {"token": form.fields["token"], "send": "1"})
        filed = RightsRequest.objects.get()
        assert filed.scope == ["contact", "orders"]
        assert "Contact details, Orders" in text(ada.get(f"/rights/requests/{filed.number}/"))

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [({}, "Choose how much"), ({"extent": "part"}, "Tick at least one"), ({"extent": "x\0"}, "There is a problem")],
    )
    def test_which_data_is_to_go_must_be_said(self, world, ada, said, sentence):
        response = ada.post("/rights/erasure/", said | {"done": "kinds"})
        assert response.status_code == 422 and sentence in text(response)
        made_up = ada.post("/rights/erasure/", {"extent": "part", "kinds": "made-up", "done": "kinds"})
        assert made_up.status_code == 422 and not RightsRequest.objects.exists()

    def test_what_is_gone_and_what_is_kept_is_on_the_page(self, real_world):
        world, client = real_world, signed_in(real_world.ada.user)
        request = file(world.ada, Type.ERASURE)
        search(world, request)
        about = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
        erasing.propose_partial_erasure(**about, kept=["orders"], law="GDPR Art 17(3)(b), AO 147")
        erasing.confirm_partial_erasure(**about | {"officer": world.otto, "by": by_staff(world.otto)})

        html = " ".join(text(client.get(f"/rights/requests/{request.number}/")).split())

        assert "Permanently deleted</dt><dd>Contact details, Health notes<" in html
        assert "What we keep</dt> <dd> Orders <" in html and "AO 147" in html and "makes us keep" in html
        assert "complain" in html and "Ask for a review" in html

    def test_a_change_on_the_check_page_leads_back_to_it(self, world, ada):
        answers = {"span": "all", "words": "x", "done": ["period", "words"]}
        assert "Check your request" in text(ada.post("/rights/access/", answers))
        back = text(ada.post("/rights/access/", answers | {"back": "period"}))
        assert "For which period?" in back and 'name="words" value="x"' in back
        assert "Check your request" in text(ada.post("/rights/access/", answers | {"span": "all"}))

    def test_pressed_twice_it_is_one_request(self, world, ada):
        answers = {"span": "all", "done": ["period", "words"]}
        page = ada.post("/rights/access/", answers)
        (form,) = [one for one in forms_on(page) if ("send", "1") in one.buttons]
        press = answers | {"send": "1", "token": form.fields["token"]}
        first, second = ada.post("/rights/access/", press), ada.post("/rights/access/", press)
        assert first.url == second.url and RightsRequest.objects.count() == 1

    def test_the_same_right_while_it_is_open_names_the_first(self, world, ada):
        filed = file(world.ada)
        response = ask(ada, "/rights/access/", {"span": "all"})
        assert response.status_code == 409 and filed.number in text(response)
        assert f'<a href="/rights/requests/{filed.number}/">See the request</a>' in text(response)

    def test_rights_of_another_law_say_why_not(self, world, ada):
        html = text(ada.get("/rights/"))
        assert "comes from the law of California" in html
        response = ada.get("/rights/know-specific/")
        assert response.status_code == 422 and "law of California" in text(response)

    def test_a_californian_has_those_of_california(self, world, machines_later):
        html = text(signed_in(world.cal.user).get("/rights/"))
        assert "11 CCR 7024" in html and "We answer within 45 days" in html
        assert "comes from European law" in html and "under Your choices, at any time" in html
        assert machines_later in html

    def test_what_has_a_page_of_its_own_is_done_there(self, world, ada):
        assert ada.get("/rights/withdrawal/").url == "/choices/"
        assert signed_in(world.cal.user).get("/rights/opt-out/").url == "/opt-out/"

    def test_an_opt_out_by_button_is_kept_as_a_request(self, world):
        make_sale(world)
        cal = signed_in(world.cal.user)
        (form,) = [one for one in forms_on(cal.get("/opt-out/")) if one.action != "/language/"]
        sent(cal, form, path="/opt-out/")
        kept = RightsRequest.objects.get()
        assert (kept.request_type, kept.outcome, kept.channel) == ("sale:opt_out", "complied_whole", "portal")
        assert kept.number in text(cal.get("/rights/"))

    def test_nobody_sees_anothers(self, world, ada):
        theirs = file(world.ben)
        for path in ("", "sent/", "take-back/", "appeal/"):
            assert ada.get(f"/rights/requests/{theirs.number}/{path}").status_code == 404
        assert ada.get("/rights/nothing/").status_code == 404

    def test_a_guardian_asks_for_a_child_on_record(self, world):
        nora = customer_records.open_customer_record(
            reference="C-7000", country="IE", born_on=date(2018, 1, 1), by=PORTAL
        )
        code = make_claim_code(customer=nora, officer=world.pia.user, capacity="guardian", by=PORTAL)
        claiming.claim_record_by_code(user=world.ada.user, code=code, by=Actor("customer", str(world.ada.user.pk)))
        client = signed_in(world.ada.user)
        acting = world.ada.user.actings.get(capacity="guardian")
        client.post("/for/", {"acting": acting.pk})

        ask(client, "/rights/access/", {"span": "all"})

        filed = RightsRequest.objects.get()
        assert (filed.customer, filed.submitted_by) == (nora, "guardian")
        assert filed.agent_proof == f"acting {acting.pk}"
        assert describe_document(filed) == "None: they act for the customer here, on record"
        deliver_message(message=Message.objects.get(kind="rights_request_filed", customer=nora).pk)
        assert mail.outbox[-1].to == ["ada@example.com"] and is_reachable(filed)


class TestStranger:
    def test_they_sign_in_to_allow_a_sale_again(self, world):
        for response in (Client().get("/rights/opt-in/?where=US-CA"), Client().post("/rights/opt-in/?where=US-CA")):
            assert response.status_code == 422 and "Sign in for this" in text(response)

    def test_they_say_where_they_live_and_see_their_rights(self, world):
        client = Client()
        assert "Where do you live?" in text(client.get("/rights/"))
        assert "11 CCR 7022" in text(client.get("/rights/?where=US-CA"))
        assert "UK GDPR Art 15" in text(client.get("/rights/?where=GB"))
        assert "Choose where you live." in text(client.get("/rights/?where=Mars"))

    def test_they_find_their_country_among_its_letter(self):
        with translation.override("de"):
            places = [name for _code, name in list_places()]
            listed = [name for _code, name in list_jurisdictions()]
        assert places[places.index("Österreich") - 1] == "Oman" and places[2:4] == ["Afghanistan", "Ägypten"]
        assert listed.index("Österreich (AT)") == listed.index("Oman (OM)") + 1

    def test_they_ask_and_keep_a_number(self, world):
        client = Client()
        response = ask(client, "/rights/access/?where=DE", {"span": "all"} | STRANGER)

        filed = RightsRequest.objects.get()
        assert response.url == "/rights/received/"
        assert filed.number in text(client.get(response.url))
        assert (filed.customer, filed.jurisdiction, filed.channel) == (None, "DE", "webform")

        handling.fail_identity(rights_request=filed.pk, officer=world.pia, by=by_staff(world.pia))
        answer(world, filed, Reply(Outcome.DENIED, Format.DOWNLOAD, "We know nobody of that name.", Reason.NO_MATCH))
        refused = text(client.get(response.url))
        assert "It has already been answered." in refused and "already been done" not in refused

    def test_a_known_address_and_an_unknown_one_read_alike(self, world):
        pages = []
        for email in ("ada@example.com", "nobody@example.com"):
            client = Client()
            ask(client, "/rights/access/?where=IE", {"span": "all"} | STRANGER | {"email": email})
            number = RightsRequest.objects.order_by("-filed_at").first().number
            html = text(client.get("/rights/received/")).replace(number, "")
            pages.append(html.split("<main")[1].split("</main")[0])
        assert pages[0] == pages[1]

    def test_an_opt_out_asks_for_next_to_nothing(self, world):
        response = ask(Client(), "/rights/opt-out/?where=US-CA", STRANGER)
        assert response.status_code == 302
        assert RightsRequest.objects.get().identity_needed == "not_required"

    def test_who_asks_for_another_names_a_document(self, world):
        said = {"span": "all", "words": ""} | STRANGER | {"submitted_by": "authorized_agent"}
        response = Client().post(
            "/rights/access/?where=IE", said | {"where": "IE", "done": ["period", "words", "who", "behalf"]}
        )
        assert response.status_code == 422 and "Name the document" in text(response)

    @pytest.mark.parametrize("form", [form for form in FORMS.values() if form.opened])
    def test_what_is_hidden_until_it_is_wanted_can_be_opened(self, world, form):
        """The style sheet opens it for the choice "part" alone."""
        assert PART in {code for field in form.base_fields.values() for code, _ in getattr(field, "choices", [])}

    @pytest.mark.parametrize("email", ["", "eve", "eve@", "a" * 300 + "@example.com"])
    def test_an_address_is_one(self, world, email):
        said = {"span": "all", "name": "Eve", "email": email, "where": "IE", "done": ["period", "words", "who"]}
        assert Client().post("/rights/access/", said).status_code == 422

    def test_without_a_country_they_are_asked_for_it(self, world):
        assert Client().get("/rights/access/").url == "/rights/"

    def test_without_having_sent_anything_there_is_nothing_to_keep(self, world):
        assert Client().get("/rights/received/").url == "/rights/"

    def test_many_at_once_are_asked_to_wait(self, world, settings):
        settings.ACCOUNT_RATE_LIMITS = {"rights": "1/h/ip"}
        responses = [ask(Client(), "/rights/opt-out/?where=US-CA", STRANGER).status_code for _ in range(2)]
        assert responses == [302, 429]


class TestFollowing:
    def test_who_proves_it_by_a_mailed_code_confirms(self, world, ada):
        filed = file(world.ada, is_fresh=False)
        path = f"/rights/requests/{filed.number}/confirm/"
        asked = ada.get(path)
        assert asked.url.startswith(PROOF_PAGE) and ada.post(path).url == asked.url
        assert prove(ada, asked.url).url == path

        (form,) = [one for one in forms_on(ada.get(path)) if one.action != "/language/"]
        assert sent(ada, form, path=path).status_code == 302
        filed.refresh_from_db()
        assert filed.verification_level == "session_reauth"
        assert ada.get(path).url == f"/rights/requests/{filed.number}/"

    def test_a_password_alone_does_not_confirm_it(self, world, ada):
        filed = file(world.ada, is_fresh=False)
        world.ada.user.set_password(PASSWORD)
        world.ada.user.save()
        client = by_password(world.ada.user)
        assert client.get(f"/rights/requests/{filed.number}/confirm/").url.startswith(PROOF_PAGE)

    def test_what_is_done_at_once_promises_no_later_day(self, world):
        cal = signed_in(world.cal.user)
        check, listed = text(cal.get("/rights/limit/")), text(cal.get("/rights/"))
        rows = dict(re.findall(r'id="right-([\w-]+)"(.*?)</li>', listed, re.DOTALL))
        at_once = rows["opt-out"] + rows["limit"]  # from 2027 on they have other rights, which take their time
        assert "Done at once" in check and "We’ll answer by" not in check and "working days" not in at_once
        assert "within 15 working days" in text(Client().get("/rights/?where=US-CA"))

    def test_it_is_taken_back_in_two_presses(self, world, ada):
        filed = file(world.ada)
        page = f"/rights/requests/{filed.number}/"
        assert f"{page}take-back/" in read(ada.get(page)).links
        (form,) = [one for one in forms_on(ada.get(f"{page}take-back/")) if one.action != "/language/"]
        sent(ada, form, path=f"{page}take-back/")
        assert "Withdrawn" in text(ada.get(page))
        html = text(ada.get("/rights/"))
        assert "Ended on" in html and "Answered on" not in html

    def test_a_refusal_says_why_by_which_law_and_what_to_do(self, world, ada):
        filed = file(world.ada, Type.RECTIFICATION)
        answer(
            world, filed, Reply(Outcome.DENIED, Format.DOWNLOAD, "We checked it twice.", Reason.LEGAL, "GDPR Art 23")
        )
        page = f"/rights/requests/{filed.number}/"
        html = text(ada.get(page))
        for words_ in ("We checked it twice.", "A law forbids it", "GDPR Art 23", "data protection authority"):
            assert words_ in html

        (form,) = [one for one in forms_on(ada.get(f"{page}appeal/")) if one.action != "/language/"]
        sent(ada, form, path=f"{page}appeal/", why="You did not ask me.")
        html = text(ada.get(page))
        assert "Being looked at again" in html
        assert words.open_statement(filed, Statement.Kind.APPEALED) == {"text": "You did not ask me."}
        assert "you have already appealed it" in text(ada.get(f"{page}appeal/"))

    def test_an_extension_shows_both_days_and_the_reason(self, world, ada):
        filed = file(world.ada)
        handling.extend_deadline(
            rights_request=filed.pk, reason="complexity", officer=world.pia, by=by_staff(world.pia)
        )
        html = text(ada.get(f"/rights/requests/{filed.number}/"))
        assert "First answer date" in html and "New answer date" in html and "complex" in html

    def test_the_new_day_is_the_company_s_wherever_the_reader_is(self, world, ada):
        filed = file(world.ada)
        handling.extend_deadline(
            rights_request=filed.pk, reason="complexity", officer=world.pia, by=by_staff(world.pia)
        )
        path = f"/rights/requests/{filed.number}/"
        new_day = re.compile(r'New answer date.*?datetime="([\d-]+)"', re.DOTALL)
        here = new_day.search(ada.get(path).text)[1]
        customer_records.choose_time_zone(
            customer=world.ada.customer.pk, time_zone="Pacific/Auckland", by=world.ada.actor
        )
        assert new_day.search(ada.get(path).text)[1] == here


def test_late_is_said_with_what_one_can_do(real_world, later):
    filed = file(real_world.ada)
    later(timedelta(days=60))
    html = text(signed_in(real_world.ada.user).get(f"/rights/requests/{filed.number}/"))
    assert "We are late" in html and "data protection authority" in html


def test_what_californians_may_not_yet_ask_is_refused(real_world, machines_later):
    cal = make_californian()
    assert signed_in(cal.user).get("/rights/admt-access/").status_code == 422
    assert not Choice.objects.filter(customer=cal.customer).exists()
