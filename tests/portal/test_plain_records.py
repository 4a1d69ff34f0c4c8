"""Records that are only read, in the stock admin: words, no pictures; labels without colons; no hint how to fill in."""

import re

from django.urls import reverse

from consents.rights.models import QuestionTemplate
from consents.rights.services.clarifying import save_question_template
from consents.training.models import ModuleVersion
from consents.training.services import save_module
from tests.forms import forms_on, sent
from tests.rights.correcting import proposed
from tests.rights.officer_pages import first_press, record
from tests.world.cast import answer, ask, quinn, signed_in
from tests.world.erasing import hold
from tests.world.exemptions import by_staff
from tests.world.retirements import propose_end
from tests.world.rights_requests import PHONE

PICTURE = re.compile(r"icon-(yes|no|unknown)|>\s*(True|False|None)\s*<|alt=\"(True|False|None)\"")


def list_records(world) -> list[str]:
    question = QuestionTemplate(code="which", about="scope", texts={"en": "Which one?"})
    save_question_template(template=question, by=by_staff(world.pia))
    words = {"en": {"title": "Ask first", "text": "Ask.", "questions": []}}
    save_module(version=ModuleVersion(code="ask", words=words), by=by_staff(world.pia))
    found = [world.version, QuestionTemplate.objects.get(), ModuleVersion.objects.get(), world.categories["health"]]
    return [reverse(f"admin:{one._meta.app_label}_{one._meta.model_name}_change", args=[one.pk]) for one in found]


def test_they_say_yes_and_no_in_words_and_labels_have_no_colons(world, subtests):
    otto = signed_in(world.otto.user)
    for path_of_record in list_records(world):
        for path in (path_of_record, re.sub(r"[^/]+/change/$", "", path_of_record)):
            with subtests.test(path=path):
                page = otto.get(path).text
                assert not PICTURE.search(page)
                assert not re.search(r":\s*</label>", page)


def test_a_version_says_nobody_where_nobody_gets_the_data(world):
    page = signed_in(world.otto.user).get(f"/admin/catalogue/purposeversion/{world.version.pk}/change/").text
    shown = " ".join(re.search(r"field-recipients.*?</div>\s*</div>", page, re.DOTALL)[0].split())
    assert '<div class="readonly">–</div>' in shown
    assert "Everything is new" not in page


def test_what_only_ends_a_record_is_never_its_filled_button(world):
    waiting, kept = ask(world, "orders"), hold(world)
    pages = [
        (world.sam, f"/admin/access/accessrequest/{waiting.pk}/change/", "cancel"),
        (world.otto, f"/admin/people/legalhold/{kept.pk}/change/", "lift"),
    ]
    for member, path, act in pages:
        page = signed_in(member.user).get(path).text
        button = next(tag for tag in re.findall(r"<button[^>]*>", page) if f'value="{act}"' in tag)
        assert "button-quiet" in button, path


def test_what_a_member_does_next_is_the_one_filled_button(world):
    allowed = answer(world, ask(world, "orders"))

    page = signed_in(world.sam.user).get(f"/admin/access/accessrequest/{allowed.pk}/change/").text

    assert re.findall(r'class="button" href="(/admin/[^"]*)"', page) == [f"/admin/open/{allowed.pk}/"]


def test_beside_a_form_the_button_that_saves_is_the_filled_one(world):
    """Also where an act waits: a module to publish, an end to confirm."""
    *_others, module, _category = list_records(world)
    propose_end(world.purpose, quinn().staff_member)
    pia = signed_in(world.pia.user)
    for path, act in (
        (module, "publish"),
        (f"/admin/catalogue/purpose/{world.purpose.pk}/change/", "confirm_retirement"),
    ):
        page = pia.get(path).text
        button = next(tag for tag in re.findall(r"<button[^>]*>", page) if f'value="{act}"' in tag)
        assert "button-quiet" in button and 'class="default" name="_save"' in page, path


def test_looking_at_proposed_values_comes_before_the_answer_until_all_are_decided(world):
    corrected, pia = proposed(world, PHONE), signed_in(world.pia.user)

    def list_filled() -> list[str]:
        return re.findall(
            r'class="button\s*" name="CHANGE_FORM-action"\s+value="(\w+)"', pia.get(record(corrected)).text
        )

    assert list_filled() == ["review_values"]
    (form,) = forms_on(first_press(pia, corrected, "review_values"), "place")
    sent(pia, form, path=record(corrected), decision="refuse", why_not="accurate")
    assert list_filled() == ["answer"]


def test_the_page_of_an_act_leads_back_by_the_name_that_the_record_has(world):
    waiting, kept = ask(world, "orders"), hold(world)
    for member, path, act in [
        (world.sam, f"/admin/access/accessrequest/{waiting.pk}/", "cancel"),
        (world.otto, f"/admin/people/legalhold/{kept.pk}/", "lift"),
    ]:
        staff = signed_in(member.user)
        (title,) = re.findall(r"<h1>([^<]+)</h1>", staff.get(f"{path}change/").text)

        assert f'<a href="{path}change/">{title}</a>' in staff.get(f"{path}act/{act}/").text
