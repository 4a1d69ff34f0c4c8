"""The pages on which a copy is collected with a code, and the officer's page of it."""

import json
import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.test import Client

from consents.copies.models import CollectionCode, Download
from consents.copies.selectors import CodeDoesNotWork
from consents.copies.services import codes
from consents.core.admin import REOPENED
from consents.ledger.models import Entry
from tests.copies.collecting import (
    answer_eve,
    answered,
    collect,
    granted,
    hand_out,
    mailed_code,
    officer_acts,
    on_file,
    unlock,
)
from tests.forms import ask_first
from tests.rights.officer_pages import buttons
from tests.world.cast import make_user, signed_in
from tests.world.rights_requests import answer, confirm, entries, search, type_in


class TestThePage:
    URL = "/rights/collect/"

    def test_it_leads_from_the_rights_to_the_files(self, real_world, by_post):
        code, client = hand_out(real_world, by_post), Client()
        assert f'href="{self.URL}"' in client.get("/rights/").text

        response = client.post(self.URL, {"number": by_post.number.lower(), "code": code})
        assert (response.status_code, response["Location"]) == (302, self.URL)
        page = client.get(self.URL).text
        assert by_post.number in page and "Here it is." in page and "It has already been downloaded" not in page
        assert "are in this time zone: UTC" in page
        files = [client.post(self.URL, {"part": part}) for part in ("page", "data")]

        assert b"Eve Marker" in files[0].content and json.loads(files[1].content)["request"] == by_post.number
        for response in files:
            assert (
                by_post.number in response["Content-Disposition"] and "sandbox" in response["Content-Security-Policy"]
            )
            assert "no-store" in response["Cache-Control"]
        assert "It has already been downloaded" in client.get(self.URL).text
        assert Download.objects.count() == 2 and Entry.objects.filter(actor_kind="visitor").count() == 3

    def test_all_of_it_comes_as_one_archive(self, real_world, by_post):
        client = Client()
        client.post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        archive = ZipFile(BytesIO(b"".join(client.post(self.URL, {"part": "all"}).streaming_content)))

        assert archive.namelist() == [f"{by_post.number}.html", f"{by_post.number}.json"]
        assert b"Eve Marker" in archive.read(archive.namelist()[0]) and Download.objects.get().part == "all"

    def test_leaving_locks_it_again(self, real_world, by_post):
        client = Client()
        client.post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        assert client.post(self.URL, {"leave": "1"})["Location"] == "/rights/"
        assert b"Marker" not in client.post(self.URL, {"part": "data"}).content
        assert not Download.objects.exists()

    def test_what_ends_while_the_page_is_open_is_said(self, real_world, by_post):
        client = Client()
        assert "no longer works" not in client.get(self.URL).text
        client.post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})
        officer_acts(codes.stop_code, by_post, real_world.pia)

        assert "This code no longer works" in client.post(self.URL, {"part": "page"}).text

    def test_another_browser_has_to_type_the_code(self, real_world, by_post):
        Client().post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        assert "Number of your request" in Client().post(self.URL, {"part": "data"}).text

    def test_what_is_wrong_gets_one_sentence_and_no_file(self, real_world, by_post):
        code = hand_out(real_world, by_post)

        for said in [{"number": "RQ-2222-2222"}, {"code": "BCDF-GHJK-MNPQ"}, {}]:
            if not said:
                officer_acts(codes.stop_code, by_post, real_world.pia)
            response = Client().post(self.URL, {"number": by_post.number, "code": code} | said)
            assert response.status_code == 422
            assert "The number and the code do not match, or the code no longer works." in response.text

    def test_odd_input_gets_a_sentence_and_counts_nowhere(self, real_world, by_post):
        said = {"number": by_post.number, "code": hand_out(real_world, by_post)}

        for odd in [{"code": ""}, {"code": "BCDF"}, {"code": "\0" * 12}, {"number": "x" * 5000}, {"number": ""}]:
            assert Client().post(self.URL, said | odd).status_code == 422
        assert CollectionCode.objects.get().tries == 0

    def test_too_many_tries_from_one_place_are_stopped(self, real_world, by_post, settings):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"collect": "2/5m/ip"}
        client = Client(REMOTE_ADDR="192.0.2.77")
        said = {"number": "RQ-2222-2222", "code": "BCDF-GHJK-MNPQ"}

        assert [client.post(self.URL, said).status_code for _ in range(3)] == [422, 422, 429]

    def test_staff_are_sent_to_their_own_house(self, real_world, by_post):
        said = {"number": by_post.number, "code": hand_out(real_world, by_post)}

        assert signed_in(real_world.otto.user).post(self.URL, said)["Location"] == "/admin/"
        assert CollectionCode.objects.get().tries == 0 and "code_typed" not in entries(by_post)

    def test_who_is_signed_in_for_somebody_else_may_collect_too(self, real_world, by_post):
        """An agent with an account of their own: under their own name."""
        ben = signed_in(real_world.ben.user)
        ben.post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        assert b"Eve Marker" in ben.post(self.URL, {"part": "data"}).content
        assert Entry.objects.get(event="rights_request.package_downloaded").actor == str(real_world.ben.user.pk)

    def test_it_asks_for_a_token_against_forged_forms(self, real_world, by_post):
        client = Client(enforce_csrf_checks=True)

        said = {"number": by_post.number, "code": hand_out(real_world, by_post)}
        assert client.post(self.URL, said).status_code == 403


class TestTheOfficersPage:
    def record(self, request) -> str:
        return f"/admin/rights/rightsrequest/{request.pk}/change/"

    def press(self, client, request, act: str, **said):
        pressed = {"CHANGE_FORM-action": act, "_selected_action": str(request.pk)} | said
        return ask_first(client, client.post(self.record(request), pressed))

    def text(self, response) -> str:
        return " ".join(response.content.decode().split())

    def test_it_says_in_a_sentence_what_to_do(self, real_world, by_post):
        otto = signed_in(real_world.otto.user)
        assert "an officer other than the one who confirmed the identity must give out a code" in self.text(
            otto.get(self.record(by_post))
        )

        code = hand_out(real_world, by_post)
        assert "A code was given out." in self.text(otto.get(self.record(by_post)))
        collect(by_post, code)
        page = self.text(otto.get(self.record(by_post)))
        assert "Downloaded with the code, without an account" in page and "A code was typed: it was right" in page

    def test_the_first_page_tells_the_other_officer_of_it(self, real_world, by_post):
        by_mail = answer_eve(real_world)
        otto = signed_in(real_world.otto.user)
        waiting = "/admin/rights/rightsrequest/?state=codeless&waits=codeless"
        tile = {"number": 1, "label": "copy waiting for a code", "url": waiting, "is_own": False}
        assert tile in otto.get("/admin/").context["waiting"]
        page = self.text(otto.get(waiting))
        assert by_post.number in page and by_mail.number not in page

        hand_out(real_world, by_post)
        assert by_post.number not in self.text(otto.get(waiting))

    def test_the_letter_is_shown_once_and_says_nothing_about_anybody(self, real_world, by_post):
        otto, token = signed_in(real_world.otto.user), str(uuid4())
        asked = self.text(self.press(otto, by_post, "hand_out_code"))
        assert "The officer who confirmed the identity cannot do this." in asked and not CollectionCode.objects.exists()

        letter = self.press(otto, by_post, "hand_out_code", confirm="1", token=token)
        code = re.search(r'class="code">(\S+)<', letter.text).group(1)
        assert "http://localhost:8000/rights/collect/" in letter.text and by_post.number in letter.text
        assert "Marker" not in letter.text and "C-7001" not in letter.text and "no-store" in letter["Cache-Control"]
        assert collect(by_post, code)
        assert code not in otto.get(self.record(by_post)).text
        assert code in self.press(otto, by_post, "hand_out_code", confirm="1", token=token).text
        earlier = "The earlier code stops working."
        assert earlier not in asked and earlier in self.text(self.press(otto, by_post, "hand_out_code"))

    def test_the_letter_is_in_the_customers_language(self, real_world):
        request = answered(real_world, on_file(real_world, country="DE", language="de"))

        letter = self.press(signed_in(real_world.otto.user), request, "hand_out_code", confirm="1", token=str(uuid4()))

        assert 'lang="de"' in letter.text and "Der Code gilt bis" in letter.text and "Print this now" in letter.text

    def test_who_confirmed_the_identity_reads_why_not(self, real_world, by_post):
        pia = signed_in(real_world.pia.user)

        assert self.press(pia, by_post, "hand_out_code", confirm="1").status_code == 302
        assert "another officer must do it" in self.text(pia.get(self.record(by_post)))

    def test_where_mail_arrives_it_offers_to_mail_and_not_to_print(self, real_world, by_mail):
        otto = signed_in(real_world.otto.user)
        page = self.text(otto.get(self.record(by_mail)))
        assert "A code was emailed to the address on file." in page and 'value="hand_out_code"' not in page
        assert self.press(otto, by_mail, "hand_out_code").status_code == 302
        assert "This is no longer possible" in self.text(otto.get(self.record(by_mail)))
        assert self.press(otto, by_mail, "hand_out_code", **{REOPENED: "1"}).status_code == 302
        assert "This is no longer possible" in self.text(otto.get(self.record(by_mail)))

        self.press(otto, by_mail, "send_code", confirm="1", token=str(uuid4()))
        self.press(otto, by_mail, "stop_code", confirm="1", token=str(uuid4()))

        assert "Email a new code: the last one no longer works." in self.text(otto.get(self.record(by_mail)))
        assert entries(by_mail)[-2:] == ["code_made", "code_ended"]

    def test_what_is_over_can_be_made_again(self, real_world, by_post, later):
        later(timedelta(days=15))
        otto = signed_in(real_world.otto.user)

        self.press(otto, by_post, "make_again", confirm="1", token=str(uuid4()))

        assert entries(by_post)[-1] == "package_asked"

    def test_what_could_not_be_prepared_for_a_day_can_be_made_again(self, real_world, nemo, later):
        request = type_in(real_world, customer=nemo)
        confirm(real_world, request)
        search(real_world, request)
        answer(real_world, request)
        assert "make_again" not in buttons(signed_in(real_world.otto.user), request)

        later(timedelta(days=1, hours=1))
        otto = signed_in(real_world.otto.user)

        assert "It could not be prepared." in self.text(otto.get(self.record(request)))
        assert "make_again" in buttons(otto, request)
        self.press(otto, request, "make_again", confirm="1", token=str(uuid4()))
        assert entries(request)[-1] == "package_asked" and "make_again" not in buttons(otto, request)

    def test_a_copy_goes_out_to_be_downloaded_without_an_account_too(self, real_world, nemo):
        request = type_in(real_world, customer=nemo)
        confirm(real_world, request)
        search(real_world, request)

        page = self.text(self.press(signed_in(real_world.pia.user), request, "answer"))

        assert 'value="portal_download" selected' in page and "downloads it with a code" in page


def test_the_customer_reads_each_step_when_they_sign_in_later(real_world, by_mail):
    code = mailed_code(by_mail)
    with pytest.raises(CodeDoesNotWork):
        unlock(by_mail, "BCDF-GHJK-MNPQ")
    collect(by_mail, code)
    user = make_user("eve@example.com")
    client = signed_in(user)
    client.get("/")

    page = " ".join(client.get(f"/rights/requests/{by_mail.number}/").text.split())

    for step in [
        "A code to download your data without an account was mailed to you",
        "Somebody typed a wrong code for your data",
        "Your data was downloaded with a code",
    ]:
        assert step in page


def test_a_copy_in_preparation_is_promised_here_and_in_an_email_only_to_an_address(world):
    request = granted(world)

    page = signed_in(world.ada.user).get(f"/rights/requests/{request.number}/").text

    assert "It will be here, and we email you if we have your address." in page and "You’ll get an email" not in page
