"""A browser for somebody who is signed in already: the sign-in by form has journeys of its own.

Without script it is one that reads pages and sends their forms: nothing that is asked of it is drawn.
"""

from tests.journeys.browsing import Visit, enter
from tests.journeys.judging import faults_of
from tests.journeys.scriptless import AnyVisit, ScriptlessVisit


def open_for(who, visit, *, script: bool = True, **how) -> AnyVisit:
    if not script:
        return open_scriptless(who)
    one = visit(**how)
    enter(one, who)
    return one


def open_scriptless(who) -> ScriptlessVisit:
    one = ScriptlessVisit()
    one.client.force_login(who.user)
    return one


def faults_of_drawn(one: ScriptlessVisit, browser: Visit) -> list[str]:
    """What is wrong with the page they are at, as it was answered them, in a browser that draws and runs script: with
    what was refused or asked once more, too, where opening the page anew would show none of it."""
    answered = {"status": one.answer.status_code, "headers": dict(one.answer.headers), "body": one.answer.content}
    browser.page.route(browser.base + one.path, lambda route: route.fulfill(**answered), times=1)
    browser.go_on_with(one.get_session_token())
    return faults_of(browser, one.path)


def read_text(one: AnyVisit, tag: str = "body") -> str:
    """All that the first such element shows."""
    return read_texts(one, tag)[0]


def read_texts(one: AnyVisit, tag: str) -> list[str]:
    if isinstance(one, Visit):
        return one.page.locator(tag).all_inner_texts()
    return [node.text for node in one.page.list_all() if node.tag == tag]


def count_ticked(one: AnyVisit) -> int:
    """The boxes and circles that are chosen on the page."""
    if isinstance(one, Visit):
        return one.page.locator("input:checked").count()
    return sum("checked" in node.attributes for node in one.page.walk())
