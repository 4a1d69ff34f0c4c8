"""How a customer asks for each right, signed in: from the list of rights until it is on record, or done."""

from collections.abc import Callable, Iterable

from consents.law.kinds import Type
from consents.rights.customers.presenting import build_slug
from consents.rights.models import RightsRequest
from tests.journeys.scriptless import AnyVisit
from tests.world.proofs import code_in, last_mail

PHONE = "555-0188"
# Rights of one person meet: who allows a sale first can opt out of it afterwards, and a pause stops all the rest.
FIRST, LAST = [Type.OPT_IN], [Type.RESTRICTION]


def in_turn(types: Iterable[Type]) -> list[Type]:
    return sorted(types, key=lambda one: (one in LAST) - (one in FIRST))


def ask(one: AnyVisit, type: Type) -> RightsRequest:
    one.go("/rights/")
    choose(one, type)
    ASKS[type](one)
    return RightsRequest.objects.latest("filed_at")


def choose(one: AnyVisit, type: Type) -> None:
    one.follow("Choose", near=f"right-{build_slug(type)}")


def say_no_more(one: AnyVisit) -> None:
    """Their own words may stay empty."""
    one.see("Is there anything we should know?")
    one.press("Continue")
    send(one)


def send(one: AnyVisit) -> None:
    one.see("Check your request")
    one.press("Send my request")
    if one.meets("Code from our email", unless="RQ-"):
        one.fill("Code from our email", code_in(last_mail()))
        one.press("Send my request")
    one.see("RQ-")


def for_all_time(one: AnyVisit) -> None:
    one.tick("From the beginning until now")
    one.press("Continue")
    say_no_more(one)


def another_number(one: AnyVisit) -> None:
    one.tick("Contact details")
    one.press("Continue")
    one.fill("Phone", PHONE)
    one.press("Continue")
    send(one)


def all_of_it(one: AnyVisit) -> None:
    one.tick("All of my data")
    one.press("Continue")
    say_no_more(one)


def while_it_is_checked(one: AnyVisit) -> None:
    one.tick("The data is wrong, and you are checking it")
    one.press("Continue")
    say_no_more(one)


def the_watch_on_orders(one: AnyVisit) -> None:
    one.tick("Keep the shop safe")
    one.press("Continue")
    say_no_more(one)


def what_was_agreed(one: AnyVisit) -> None:
    one.follow("Withdraw consent", near="agreed")
    one.press("Withdraw")
    one.see("You withdrew consent")


def no_sale(one: AnyVisit) -> None:
    one.press("Do not sell or share")
    one.see("Opt-out request honored")


def a_sale_after_all(one: AnyVisit) -> None:
    """In two steps (11 CCR 7028(a))."""
    one.follow("Give consent", near="purpose-share-for-ads")
    one.press("I agree")
    one.see("You have opted out of sale and sharing")
    one.press("I agree")
    one.see("You agreed")


# A new right is not asked for before it is said here how.
ASKS: dict[Type, Callable[[AnyVisit], None]] = {
    Type.ACCESS: for_all_time,
    Type.RECTIFICATION: another_number,
    Type.ERASURE: all_of_it,
    Type.RESTRICTION: while_it_is_checked,
    Type.RECIPIENTS: say_no_more,
    Type.PORTABILITY: say_no_more,
    Type.OBJECTION: the_watch_on_orders,
    Type.AUTOMATED: say_no_more,
    Type.WITHDRAWAL: what_was_agreed,
    Type.KNOW_CATEGORIES: say_no_more,
    Type.KNOW_SPECIFIC: for_all_time,
    Type.DELETION: all_of_it,
    Type.CORRECTION: another_number,
    Type.OPT_OUT: no_sale,
    Type.OPT_IN: a_sale_after_all,
    Type.LIMIT: send,
    Type.ADMT_ACCESS: say_no_more,
    Type.ADMT_OPT_OUT: send,
    Type.ADMT_APPEAL: say_no_more,
}
