"""Who shares an account gives consent together; the no of one is a no at once."""

import html
import re
from datetime import timedelta

import pytest

from consents.choices.models import Choice
from consents.choices.rules import ActContext
from consents.choices.selectors import find_standing
from consents.choices.services import answering, withdrawing
from consents.choices.services.answering import REFUSED
from consents.choices.services.emails import notify_of_lapsed_assents, notify_of_overtaken_assents
from consents.decisions.selectors import decide_use
from consents.ledger.models import Entry
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import JointAssent
from consents.people.rules import ASSENT_COUNTS_FOR
from consents.people.services.representing import HoldersAnswerThemselves, end_acting
from tests.world.cast import make_next_version, signed_in
from tests.world.holders import share_account
from tests.world.retirements import retire
from tests.world.scene_fixtures import scene


def agree(who, version, **how) -> Choice:
    terms = {"customer": who.customer.id, "purpose": version.purpose.code, "version": version.pk, "by": who.actor}
    return answering.give_consent(**terms, how=ActContext(capacity=how.get("capacity", who.acting.capacity)))


def refuse(who, version) -> Choice:
    how = ActContext(capacity=who.acting.capacity)
    return withdrawing.withdraw_consent(customer=who.customer.id, purpose=version.purpose.code, by=who.actor, how=how)


def is_given(world, version) -> bool:
    return find_standing(world.ada.customer.id, version.purpose.code).is_given


def events() -> list[str]:
    return list(Entry.objects.filter(event__contains="consent.").order_by("id").values_list("event", flat=True))


@pytest.fixture
def ada(world):
    world.ada.acting = world.ada.user.actings.get()
    return world.ada


@scene
def mia(world):
    return share_account(world)


class TestAll:
    def test_those_who_stay_are_asked_again_once_the_only_one_missing_has_left(self, world, offers, ada, mia):
        noa = share_account(world, "noa@example.com")
        for who in (ada, mia):
            agree(who, offers)
        end_acting(acting=noa.acting.pk, user=noa.user, by=noa.actor)

        assert not is_given(world, offers)
        assert "Waiting for others who share your account" not in signed_in(ada.user).get("/choices/").content.decode()
        assert 'value="given"' in signed_in(ada.user).get("/choices/offers/give/").content.decode()
        agree(ada, offers)
        assert is_given(world, offers)

    def test_one_yes_begins_nothing(self, world, offers, ada, mia):
        agree(ada, offers)

        assert not is_given(world, offers) and events() == ["joint_consent.assented"]
        assert not decide_use(customer=ada.customer.id, category="contact", purpose="offers").allowed
        assert Message.objects.filter(kind="act_confirmed").count() == 2

    @pytest.mark.parametrize("first", ["ada", "mia"])
    def test_the_last_yes_begins_it(self, world, offers, ada, mia, first):
        for who in (ada, mia) if first == "ada" else (mia, ada):
            agree(who, offers)

        assert is_given(world, offers) and events() == ["joint_consent.assented", "consent.given"]
        assert not JointAssent.objects.filter(ended_at=None).exists()

    def test_the_same_yes_twice_is_one(self, world, offers, ada, mia):
        agree(ada, offers)
        agree(ada, offers)

        assert not is_given(world, offers) and JointAssent.objects.count() == 1

    @pytest.mark.parametrize("who", ["ada", "mia"])
    def test_one_no_is_a_no(self, world, offers, ada, mia, who):
        agree(ada, offers)
        assert refuse({"ada": ada, "mia": mia}[who], offers).status == "ConsentRefused"

        agree(mia, offers)
        assert not is_given(world, offers)

    def test_a_no_again_ends_what_the_other_had_agreed_to_and_is_on_record(self, world, offers, ada, mia):
        refuse(mia, offers)
        agree(ada, offers)
        refuse(mia, offers)
        agree(mia, offers)

        assert not is_given(world, offers)
        assert events() == [
            "consent.refused",
            "joint_consent.assented",
            "joint_consent.refused",
            "joint_consent.assented",
        ]

    def test_one_takes_back_what_both_gave(self, world, offers, ada, mia):
        agree(ada, offers)
        agree(mia, offers)

        assert refuse(mia, offers).status == "ConsentWithdrawn"

    def test_to_withdraw_everything_ends_what_waits_too(self, world, offers, ada, mia):
        agree(ada, offers)
        withdrawing.withdraw_all_consents(customer=ada.customer.id, by=mia.actor)
        agree(mia, offers)

        assert not is_given(world, offers)

    def test_a_yes_counts_for_thirty_days(self, real_world, with_offers, later):
        world, offers = real_world, real_world.offers
        ada, mia = world.ada, share_account(world)
        ada.acting = ada.user.actings.get()
        agree(ada, offers)
        later(ASSENT_COUNTS_FOR + timedelta(seconds=1))
        agree(mia, offers)
        assert not is_given(world, offers)

        agree(ada, offers)
        assert is_given(world, offers)

    def test_a_yes_to_an_earlier_text_does_not_count(self, world, offers, ada, mia):
        agree(ada, offers)
        newer = make_next_version(offers.purpose, world.pia.user)
        agree(mia, newer)

        assert not is_given(world, newer)

    def test_who_has_left_is_not_waited_for(self, world, offers, ada, mia):
        end_acting(acting=mia.acting.pk, user=mia.user, by=mia.actor)
        agree(ada, offers)

        assert is_given(world, offers)

    def test_nobody_agrees_in_the_place_of_the_holders(self, world, offers, ada, mia):
        with pytest.raises(HoldersAnswerThemselves):
            agree(ada, offers, capacity="agent")

    def test_who_agreed_is_told_that_another_said_no(self, world, offers, ada, mia):
        """Also where the choice stood at no before, and where everything is withdrawn."""
        for end in (refuse, lambda who, _: withdrawing.withdraw_all_consents(customer=who.customer.id, by=who.actor)):
            refuse(mia, offers)
            agree(ada, offers)
            told = Message.objects.filter(context__act=str(REFUSED))
            before = told.count()
            end(mia, offers)
            assert told.count() == before + 2

    def test_who_agreed_is_told_that_not_all_did_in_time(self, real_world, with_offers, later, mailoutbox):
        world, offers = real_world, real_world.offers
        mia = share_account(world)
        agree(mia, offers)
        assert notify_of_lapsed_assents() == 0
        later(ASSENT_COUNTS_FOR + timedelta(hours=1))

        assert [notify_of_lapsed_assents() for _ in range(2)] == [1, 0]
        for message in Message.objects.filter(kind="assent_lapsed"):
            deliver_message(message=message.pk)
        assert {mail.to[0] for mail in mailoutbox} == {"ada@example.com", "mia@example.com"}
        assert all("not everyone agreed within 30 days" in " ".join(mail.body.split()) for mail in mailoutbox)

    @pytest.mark.parametrize("is_retired", [True, False])
    def test_who_agreed_is_told_that_the_text_ended_first_and_not_that_nobody_agreed(
        self, real_world, with_offers, later, mailoutbox, is_retired
    ):
        world, offers = real_world, real_world.offers
        agree(share_account(world), offers)
        assert notify_of_overtaken_assents() == 0
        if is_retired:
            retire(offers.purpose)
        else:
            make_next_version(offers.purpose, world.pia.user)

        assert [notify_of_overtaken_assents() for _ in range(2)] == [1, 0]
        for message in Message.objects.filter(kind="assent_ended"):
            deliver_message(message=message.pk)
        assert {mail.to[0] for mail in mailoutbox} == {"ada@example.com", "mia@example.com"}
        why = "we no longer ask for it" if is_retired else "A yes to the earlier text does not count"
        assert all("something changed before everyone had agreed" in " ".join(m.body.split()) for m in mailoutbox)
        assert all(why in mail.body for mail in mailoutbox)
        later(ASSENT_COUNTS_FOR + timedelta(hours=1))
        assert notify_of_lapsed_assents() == 0

    def test_whose_yes_had_run_out_before_is_not_told_of_the_end_of_the_text(self, real_world, with_offers, later):
        agree(share_account(real_world), real_world.offers)
        later(ASSENT_COUNTS_FOR + timedelta(hours=1))
        make_next_version(real_world.offers.purpose, real_world.pia.user)

        assert notify_of_overtaken_assents() == 0


def test_any_one_may_agree_where_the_contract_says_so(world, offers, ada):
    agree(share_account(world, yes_of="any"), offers)

    assert is_given(world, offers)


def test_nobody_waits_for_the_holders_of_another_account(world, offers, mia):
    world.ben.acting = world.ben.user.actings.get()
    agree(world.ben, offers)

    assert find_standing(world.ben.customer.id, "offers").is_given


class TestPages:
    @pytest.fixture
    def page(self, world, offers, ada, mia):
        def read(who, path: str, **sent) -> str:
            browser = signed_in(who.user)
            answer = browser.post(path, sent, follow=True) if sent else browser.get(path)
            assert answer.status_code == 200
            return html.unescape(re.sub(r"\s+", " ", answer.content.decode()))

        return read

    def test_each_reads_who_has_agreed_and_who_has_not(self, offers, ada, mia, page):
        path = "/choices/offers/give/"
        saved = page(ada, path, answer="given", version=offers.pk)
        assert "it does not count yet. mi•••@example.com must agree too" in saved

        assert "ad•••@example.com agreed:" in page(mia, path) and "I agree" in page(mia, path)
        assert "mi•••@example.com must agree too" in page(ada, path) and ">I agree<" not in page(ada, path)
        for who, sentence in ((ada, "Still needed: the yes of mi•••@example.com"), (mia, "ad•••@example.com agreed:")):
            assert sentence in page(who, "/choices/")
        assert "Your yes counts until" in page(ada, "/choices/") and "Your yes counts until" not in page(
            mia, "/choices/"
        )
        assert "Someone who shares your account is waiting for your yes" in page(mia, "/")
        assert "Nothing is waiting for you" in page(ada, "/")

    def test_the_last_yes_is_a_consent_like_any_other(self, offers, ada, mia, page):
        agree(ada, offers)

        assert "You agreed" in page(mia, "/choices/offers/give/", answer="given", version=offers.pk)
        assert "Waiting until everyone" not in page(mia, "/choices/")
        assert "Nothing is waiting for you" in page(mia, "/")

    def test_a_receipt_says_who_agreed(self, offers, ada, mia, page):
        agree(ada, offers)
        agree(mia, offers)
        path = f"/receipts/{Entry.objects.get(event='consent.given').sequence}/"

        own, others = page(mia, path), page(ada, path)
        assert "The text that was shown" in own and "you were shown" not in own
        for read, first, last in (
            (own, "Joint account holder ad•••@example.com,", "<dd>You,"),
            (others, "<dd>You,", "mi•••"),
        ):
            agreed = read.split("Who agreed")[1].split("</div>")[0]
            assert first in agreed and agreed.index(first) < agreed.index(last)

    def test_to_withdraw_everything_says_for_whom_and_what_waits(self, offers, ada, mia, page):
        agree(ada, offers)
        read = page(mia, "/choices/withdraw-all/")
        assert "You share this account with ad•••@example.com. It ends for all of you" in read
        assert "What was agreed so far ends too" in read and ">Withdraw everything<" in read
        agree(mia, offers)
        assert "What was agreed so far" not in page(ada, "/choices/withdraw-all/")

        withdrawn = page(ada, "/choices/withdraw-all/", yes="1")
        assert "What was withdrawn" in withdrawn and "ad•••" not in withdrawn
        assert "Joint account holder ad•••@example.com, " in page(mia, "/choices/withdrawn/")

    def test_others_read_nothing_of_it(self, world, offers, page):
        assert "You share this account" not in page(world.ben, "/choices/offers/give/")
