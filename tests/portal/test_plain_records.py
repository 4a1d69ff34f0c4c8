"""Records that are only read, in the stock admin: words, no pictures; labels without colons; no hint how to fill in."""

import re
from pathlib import Path

from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from consents.breaches.staff.forms import AnnouncementForm, AssessmentForm, ClosingForm
from consents.exports.models import Export
from consents.exports.staff.forms import HistoryForm
from consents.insights.models import Insight
from consents.law.kinds import PROVISIONS, Type
from consents.rights.models import QuestionTemplate
from consents.rights.services.clarifying import save_question_template
from consents.training.models import ModuleVersion
from consents.training.services import save_module
from portal.staff_menu import build_staff_menu
from tests.forms import forms_on, sent
from tests.rights.handling import proposed
from tests.rights.officer_pages import first_press, record
from tests.world import breaches as breach_world
from tests.world.cast import answer, ask, make_category, quinn, signed_in
from tests.world.erasing import hold
from tests.world.exemptions import by_staff
from tests.world.insights import add_question, count
from tests.world.retirements import propose_end
from tests.world.rights_requests import PHONE, file
from tests.world.training import publish_module, train

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


FILTERS = 'id="changelist-filter"'


def test_an_empty_list_has_no_filters_until_one_of_them_emptied_it(world):
    sam = signed_in(world.sam.user)
    requests = "/admin/access/accessrequest/"
    assert FILTERS not in sam.get(requests).text

    answer(world, ask(world, "orders"))

    assert FILTERS in sam.get(requests).text and FILTERS in sam.get(f"{requests}?state=waiting").text


def test_the_queue_which_leaves_out_what_is_answered_keeps_its_filters(world):
    page = signed_in(world.pia.user).get("/admin/rights/rightsrequest/").text

    assert FILTERS in page and "result_list" not in page


def test_what_a_record_does_not_have_is_a_dash_in_every_list(world):
    page = signed_in(world.otto.user).get("/admin/catalogue/category/").text

    assert ">–</td>" in page and ">-</td>" not in page


def test_no_page_loads_scripts_that_fill_in_a_field_while_another_is_typed(world):
    page = signed_in(world.sam.user).get("/admin/access/accessrequest/").text

    assert "actions.js" in page and "urlify.js" not in page and "xregexp" not in page
    for one in admin.site._registry.values():
        assert not one.prepopulated_fields and "xregexp" not in str(one.media)


# Pages of officers say a thing once, by its name, and never choose or claim what nobody did.


def read_words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_year_names_the_law_of_each_right_and_a_dash_where_nothing_was_answered(world):
    file(world.ada, Type.ERASURE)

    page = signed_in(world.otto.user).get("/admin/compliance/").text

    row = read_words(re.search(r"<tr>\s*<th scope=\"row\">Delete my data .*?</tr>", page, re.DOTALL)[0])
    assert row == f"Delete my data {PROVISIONS[Type.ERASURE]} 1 0 0 0 0 0 1 – –"


def test_no_two_errors_of_a_form_about_a_breach_read_alike(world):
    for form in (AssessmentForm({}), AnnouncementForm({}), ClosingForm({}, are_told=False)):
        errors = [str(error) for errors in form.errors.values() for error in errors]
        assert len(set(errors)) == len(errors) > 1 and "This field is required." not in errors


def test_a_breach_is_not_closed_as_told_to_people_whom_nobody_told(world):
    page = signed_in(world.pia.user).get(f"/admin/breaches/{breach_world.record_breach(world).pk}/close/").text

    assert 'name="why_not_told"' in page and "checked" not in page and "They were told" not in page
    assert "why_not_told" not in ClosingForm(are_told=True).fields


def test_the_reason_for_reading_a_history_is_chosen_by_nobody_else(world):
    assert HistoryForm({"who": "C-1", "why": ""}).errors["why"] == ["Choose a reason."]
    assert '<option value="" selected>Choose a reason</option>' in str(HistoryForm()["why"])


def test_the_record_of_a_kind_of_data_reads_as_its_title_then_what_it_is(world):
    category = make_category("parcels", "Parcels", "street", source="The carrier")

    page = read_words(signed_in(world.otto.user).get(f"/admin/catalogue/category/{category.pk}/change/").text)

    assert "Title and description English: Parcels Deutsch: Parcels" in page
    assert "Where we have it from English: The carrier Deutsch: The carrier" in page


def test_an_answer_shows_its_numbers_once_and_its_finding_as_title(crowded):
    question = add_question(crowded)
    signed_in(crowded.sam.user).post("/admin/statistics/", {"question": question.pk})
    count(insight := Insight.objects.get())

    page = signed_in(crowded.sam.user).get(f"/admin/statistics/{insight.pk}/").text

    assert "<figcaption>Largest group shown: Chair, 15</figcaption>" in page
    assert page.count(">Chair</th>") == 1 and "<details>" not in page[page.index("<figure") :]


def test_attestations_name_the_module_by_its_title(world):
    version = publish_module(world)
    train(world.sam)

    page = signed_in(world.otto.user).get("/admin/training/attestation/").text

    assert f'field-module">{version.title}<' in page and ">ask-first<" not in page


def test_records_are_called_by_what_they_are_in_the_trail(world):
    assert str(Export(dataset="requests")) == "Privacy requests"


EMAILS = Path(__file__).parents[2] / "templates" / "email"
NAMED = re.compile(r"“([^”]+)” shows")
# Customers' pages, which their own menu names.
CUSTOMERS = {"Who can act", "Who looked", "Your choices", "Your rights"}


def list_menu_labels(world) -> set[str]:
    labels = {"My requests"}  # what requesters read where officers read “Access requests”
    for member in (world.sam, world.pia, world.otto):
        request = RequestFactory().get("/admin/")
        request.user = member.user
        labels |= {str(link["label"]) for section in build_staff_menu(request) for link in section["links"]}
    return labels


def test_no_entry_of_the_german_menu_is_broken_after_its_first_letter(world):
    with translation.override("de"):
        labels = list_menu_labels(world)

    assert any("E\u2011Mail" in label for label in labels)
    assert not any("E-Mail" in label for label in labels)


def test_each_page_an_email_names_is_in_the_menu(world):
    named = {(file.name, name) for file in EMAILS.glob("*.txt") for name in NAMED.findall(file.read_text())}
    unknown = {(file, name) for file, name in named if name not in list_menu_labels(world) | CUSTOMERS}

    assert len(named) > 5 and not unknown
