"""Two holders of one account at once: the last yes begins what both agreed to, and a no is never overtaken."""

from uuid import uuid4

from consents.access.models import Grant
from consents.access.rules import AnswerDecision
from consents.access.services.answering import Reply, answer_access_request
from consents.choices.rules import ActContext
from consents.choices.selectors import find_standing
from consents.choices.services import answering, withdrawing
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.people.services.representing import end_acting
from consents.rights.services import requester_actions, sharing
from consents.rights.services.sharing import list_missing_holders
from tests.races.meetings import won
from tests.world.cast import ask
from tests.world.choices import make_offers
from tests.world.holders import share_account
from tests.world.rights_requests import file


def agreeing(who, offers):
    mine = {"customer": who.customer.pk, "purpose": "offers", "version": offers.pk, "by": who.actor}
    return lambda: answering.give_consent(**mine, how=ActContext(capacity=who.user.actings.get().capacity))


def test_two_who_agree_at_once_have_agreed(real_world, race):
    offers, mia = make_offers(real_world), share_account(real_world)

    won(race(agreeing(real_world.ada, offers), agreeing(mia, offers), agreeing(real_world.ada, offers)))

    assert find_standing(real_world.ada.customer.id, "offers").is_given
    assert Entry.objects.filter(event="joint_consent.assented").count() == 1


def test_a_no_beside_the_last_yes_stands(real_world, race):
    offers, mia = make_offers(real_world), share_account(real_world)
    agreeing(real_world.ada, offers)()
    no = {"customer": mia.customer.pk, "purpose": "offers", "by": real_world.ada.actor}

    race(agreeing(mia, offers), lambda: withdrawing.withdraw_consent(**no))

    assert not find_standing(real_world.ada.customer.id, "offers").is_given


def test_a_holder_agrees_while_another_withdraws_the_request(real_world, race):
    mia = share_account(real_world)
    request = file(real_world.ada, Type.ERASURE)
    own = {"rights_request": request.pk, "customer": mia.customer.pk}

    race(
        lambda: sharing.agree_to_request(rights_request=request.pk, acting=mia.acting, by=mia.actor),
        lambda: requester_actions.withdraw_request(**own, by=real_world.ada.actor),
    )

    request.refresh_from_db()
    assert request.outcome == "withdrawn_by_requester" and list_missing_holders(request, None)


def saying_yes(who, request):
    acting = who.user.actings.get(customer=request.customer_id)
    reply = Reply(decision=AnswerDecision.ALL, digest=request.digest, token=uuid4())
    return lambda: answer_access_request(access_request=request.pk, reply=reply, acting=acting, by=who.actor)


def test_two_who_say_yes_at_once_open_it_together(real_world, race):
    mia, request = share_account(real_world), ask(real_world, "orders")

    won(race(saying_yes(real_world.ada, request), saying_yes(mia, request)))

    assert Grant.objects.filter(access_request=request).count() == 1


def test_a_yes_beside_the_leaving_of_the_only_other_holder_still_opens_it(real_world, race):
    mia, request = share_account(real_world), ask(real_world, "orders")

    won(
        race(
            saying_yes(real_world.ada, request),
            lambda: end_acting(acting=mia.acting.pk, user=mia.user, by=mia.actor),
        )
    )

    request.refresh_from_db()
    if request.state == "pending":  # the yes came first, and waited for who was about to leave
        saying_yes(real_world.ada, request)()
    assert Grant.objects.filter(access_request=request).count() == 1
