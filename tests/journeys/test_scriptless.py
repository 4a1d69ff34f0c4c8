"""The browser without script and screen sees of a page and sends of a form what any other does without script."""

import re

import pytest

from tests.journeys.page_tree import read_page
from tests.journeys.scriptless import ScriptlessVisit, is_named

PAGE = """
<head><title>Not shown</title></head>
<section><h2 id="mine">Mine</h2><p>Said <b>twice</b>, said</p><a href="/one/">Choose<span>: one</span></a></section>
<details><summary>More</summary>Closed</details><p hidden>Hidden</p><script>run()</script>
<form method="post">
  <input type="hidden" name="token" value="t"><label for="who">Your name <small>as you like</small></label>
  <input id="who" name="who" value="Ada"><textarea name="why" aria-label="Why">\nold</textarea>
  <label><input type="radio" name="way" value="post" checked>By post</label>
  <label><input type="radio" name="way" value="mail">By email</label>
  <label for="where">Where</label><select id="where" name="where">
    <option value="de">Germany</option><option value="es">Spain</option></select>
  <fieldset disabled><input name="closed" value="1"></fieldset><input name="off" value="1" disabled>
  <button name="go" value="1">Send</button><button name="go" value="2">Send later</button>
</form>
"""


@pytest.fixture
def one() -> ScriptlessVisit:
    return ScriptlessVisit(page=read_page(PAGE))


def test_what_is_shown_is_seen_and_nothing_else(one):
    one.see("Said twice, said")
    for text in ("Not shown", "Closed", "Hidden", "run()"):
        with pytest.raises(AssertionError):
            one.see(text)


def test_what_is_named_is_found_by_its_name(one):
    assert one.find_link("choose: ONE", False, "mine", "").attributes["href"] == "/one/"
    assert one.count("aid", near="mine") == 2
    with pytest.raises(AssertionError):
        one.find_link("Choose", True, "mine", "")
    with pytest.raises(AssertionError):
        one.field("By")  # two of them
    assert is_named("Send later", "send") and not is_named("Send later", "Send", exact=True)


def test_a_form_sends_what_is_filled_in(one):
    before = [("token", "t"), ("who", "Ada"), ("why", "old"), ("way", "post"), ("where", "de")]
    form = one.page.form_of(one.find("button", "Send", True, one.page))
    assert one.page.entries_of(form) == before

    one.fill("Your name", "Eve")
    one.fill("Why", "new")
    one.tick("By email")
    one.choose("Where", "Spain")
    after = [("token", "t"), ("who", "Eve"), ("why", "new"), ("way", "mail"), ("where", "es")]
    assert one.page.entries_of(form) == after
    assert one.find("button", "later", False, one.page).entries == [("go", "2")]


def test_a_form_is_not_sent_without_what_it_requires():
    fields = '<label>Who<input name="who" required></label><label><input type="radio" name="way" required>Post</label>'
    form = f"<form><input type='hidden' name='other'>{fields}<button>Send</button></form>"
    one = ScriptlessVisit(page=read_page(form))
    for missing in (["who", "way"], ["way"]):
        with pytest.raises(AssertionError, match=re.escape(str(missing))):
            one.press("Send")
        one.fill("Who", "Eve")
    one.tick("Post")
    assert one.page.list_missing(one.page.form_of(one.find("button", "Send", True, one.page))) == []
