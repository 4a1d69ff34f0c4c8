"""How a customer asks for each right, signed in: from the list of rights until it is on record, or done."""

from collections.abc import Callable, Iterable

from consents.law.kinds import Type
from consents.rights.customers.presenting import build_slug
from consents.rights.models import RightsRequest
from tests.journeys.browsing import Visit
from tests.world.proofs import code_in, last_mail

PHONE = "555-0188"
# Rights of one person meet: who allows a sale first can opt out of it afterwards, and a pause stops all the rest.
FIRST, LAST = [Type.OPT_IN], [Type.RESTRICTION]


def in_turn(types: Iterable[Type]) -> list[Type]:
    return sorted(types, key=lambda one: (one in LAST) - (one in FIRST))


def ask(one: Visit, type: Type) -> RightsRequest:
    one.go("/rights/")
    choose(one, type)
    ASKS[type](one)
    return RightsRequest.objects.latest("filed_at")


def choose(one: Visit, type: Type) -> None:
    one.page.locator(f".row:has(#right-{build_slug(type)})").get_by_role("link", name="Choose").click()


def take_back(one: Visit, asked: RightsRequest) -> None:
    one.go("/rights/")
    one.page.locator("tr", has_text=asked.number).get_by_role("link").click()
    one.follow("Withdraw my request")
    one.press("Withdraw it")
    one.see("Withdrawn")


def say_no_more(one: Visit) -> None:
    """Their own words may stay empty."""
    one.see("Is there anything we should know?")
    one.press("Continue")
    send(one)


def send(one: Visit) -> None:
    one.see("Check your request")
    code, number = one.page.get_by_label("Code from our email"), one.page.locator(".reference", has_text="RQ-")
    one.press("Send my request")
    code.or_(number).first.wait_for()
    if code.count():
        code.fill(code_in(last_mail()))
        one.press("Send my request")
    number.wait_for()


def for_all_time(one: Visit) -> None:
    one.page.get_by_label("From the beginning until now").check()
    one.press("Continue")
    say_no_more(one)


def another_number(one: Visit) -> None:
    one.page.get_by_label("Contact details").check()
    one.press("Continue")
    one.page.get_by_label("Phone").fill(PHONE)
    one.press("Continue")
    send(one)


def all_of_it(one: Visit) -> None:
    one.page.get_by_label("All of my data").check()
    one.press("Continue")
    say_no_more(one)


def while_it_is_checked(one: Visit) -> None:
    one.page.get_by_label("The data is wrong, and you are checking it").check()
    one.press("Continue")
    say_no_more(one)


def the_watch_on_orders(one: Visit) -> None:
    one.page.get_by_label("Keep the shop safe").check()
    one.press("Continue")
    say_no_more(one)


def what_was_agreed(one: Visit) -> None:
    one.page.locator("section[aria-labelledby=agreed]").get_by_role("link", name="Withdraw consent").first.click()
    one.press("Withdraw")
    one.see("You withdrew consent")


def no_sale(one: Visit) -> None:
    one.press("Do not sell or share")
    one.see("Opt-out request honored")


def a_sale_after_all(one: Visit) -> None:
    """In two steps (11 CCR 7028(a))."""
    one.page.locator("#purpose-share-for-ads").get_by_role("link", name="Give consent").click()
    one.press("I agree")
    one.see("You have opted out of sale and sharing")
    one.press("I agree")
    one.see("You agreed")


# A new right is not asked for before it is said here how.
ASKS: dict[Type, Callable[[Visit], None]] = {
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
