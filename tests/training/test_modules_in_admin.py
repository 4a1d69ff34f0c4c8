"""Officers write modules and read the register; what is published never changes."""

from uuid import uuid4

import pytest

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.training import rules, services
from consents.training.models import Attestation, ModuleVersion
from tests.world.cast import signed_in
from tests.world.training import make_module_draft, publish_module, train

MODULES, REGISTER = "/admin/training/moduleversion/", "/admin/training/attestation/"


def acting(action: str, row, **more) -> dict:
    return {"CHANGE_FORM-action": action, "_selected_action": str(row.pk)} | more


def module_form(**changes) -> dict:
    return rules.build_initial_module() | {
        "required": "on", "pass_mark": "80", "valid_months": "12", "_save": "1",
    } | changes  # fmt: skip


def test_a_fresh_portal_offers_the_module_that_comes_with_it(world):
    form = signed_in(world.pia.user).get(f"{MODULES}add/").context["adminform"].form

    assert form["code"].value() == "ask-first" and "Ask first" in str(form["title_en"])
    assert "Primero, preguntar" in str(form["title_es"]) and "Erst fragen" in str(form["title_de"])


def test_it_is_written_and_published_by_an_officer(world):
    client = signed_in(world.pia.user)

    assert client.post(f"{MODULES}add/", module_form()).status_code == 302
    draft = ModuleVersion.objects.get()
    words, solution = rules.parse_module()
    assert (draft.words, draft.solution, draft.number) == (words, solution, 1)
    assert (
        "no one may ask for access"
        in client.post(f"{MODULES}{draft.pk}/change/", acting("publish", draft), follow=True).content.decode()
    )
    client.post(f"{MODULES}{draft.pk}/change/", acting("publish", draft, confirm="1"))

    draft.refresh_from_db()
    assert draft.published_by == world.pia.user
    events = Entry.objects.filter(object_type="training_module").order_by("id").values_list("event", flat=True)
    assert list(events) == ["training_module.drafted", "training_module.published"]


def test_a_published_one_is_only_followed_by_another(world):
    version, client = publish_module(world), signed_in(world.pia.user)
    page = f"{MODULES}{version.pk}/change/"

    assert client.post(page, module_form(pass_mark="50")).status_code in (403, 404)
    shown = client.get(page).content.decode()
    assert "Primero, preguntar" in shown and "## " not in shown and "\n+ " not in shown
    assert shown.count("Right answer") == len(version.solution) * len(version.words)
    client.post(page, acting("new_version", version))
    draft = ModuleVersion.objects.get(number=2)
    assert client.post(f"{MODULES}{draft.pk}/change/", module_form(pass_mark="90")).status_code == 302
    draft.refresh_from_db()
    assert draft.pass_mark == 90 and draft.code == "ask-first" and draft.published_at is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"questions_en": "Why?\n- Because"}, "Question 1 needs at least two answers"),
        ({"questions_en": "Why?\n+ Because\n+ So"}, "Question 1 needs at least two answers"),
        ({"questions_en": "Why?\n+ Because\n- So"}, "same order in every language"),
        ({"title_en": "", "title_de": "", "title_es": ""}, "Write a title in at least one language"),
        ({"pass_mark": "10"}, "greater than or equal to 50"),
    ],
)
def test_a_draft_that_cannot_work_is_refused_in_words(world, changes, said):
    answer = signed_in(world.pia.user).post(f"{MODULES}add/", module_form(**changes))

    assert said in answer.content.decode() and not ModuleVersion.objects.exists()


def test_an_incomplete_draft_is_not_published(world):
    client = signed_in(world.pia.user)
    client.post(f"{MODULES}add/", module_form(title_es=""))
    draft = ModuleVersion.objects.get()

    answer = client.post(f"{MODULES}{draft.pk}/change/", acting("publish", draft, confirm="1"), follow=True)

    draft.refresh_from_db()
    assert "in every language of the portal" in answer.content.decode() and draft.published_at is None


def test_officers_read_who_was_trained_on_what(world):
    publish_module(world)
    train(world.sam)

    for officer in (world.pia, world.otto):
        page = signed_in(officer.user).get(REGISTER).content.decode()
        assert "Sam (Billing Support)" in page and "Ask first" in page and "100%" in page
        assert "Sam (Billing" not in signed_in(officer.user).get(f"{REGISTER}?state=lapsed").content.decode()


def test_requesters_neither_write_nor_read_the_register(world):
    draft, client = make_module_draft(), signed_in(world.sam.user)

    for page in (MODULES, f"{MODULES}add/", f"{MODULES}{draft.pk}/change/", REGISTER):
        assert client.get(page).status_code in (403, 404), page
    assert signed_in(world.otto.user).post(f"{MODULES}add/", module_form()).status_code in (403, 404)
    assert ModuleVersion.objects.count() == 1 and not Attestation.objects.exists()


def test_the_right_answers_are_on_no_page_of_staff(world):
    """What is sent is the shown place; the stored one is nowhere in the page."""
    version, client = publish_module(world), signed_in(world.sam.user)

    page = client.get("/admin/your-training/ask-first/").content.decode()

    assert "+ No" not in page and str(version.solution) not in page


def test_what_was_published_is_neither_written_nor_published_again(world):
    older, version = make_module_draft(), publish_module(world)
    pia = {"officer": world.pia.user, "by": PORTAL}
    assert services.publish_module(version=version, **pia).published_at == version.published_at
    with pytest.raises(rules.ModuleIsPublished):
        services.save_module(version=ModuleVersion.objects.get(pk=version.pk), by=PORTAL)
    with pytest.raises(rules.OutdatedModule):
        services.publish_module(version=older, **pia)
    with pytest.raises(rules.QuestionLeftOut):
        services.record_attempt(version=version, answers=[0], member=world.sam, by=PORTAL)
    assert Entry.objects.filter(event="training_module.published").count() == 1


def test_lists_and_questions_say_what_stands_and_what_comes(world):
    pia, version = signed_in(world.pia.user), publish_module(world, required=True)
    train(world.sam)
    draft = services.draft_next_module(version=version, by=PORTAL)
    listed = pia.get(MODULES).text
    assert "In force" in listed and "Draft" in listed and "Replaced" not in listed
    asked = pia.post(f"{MODULES}{draft.pk}/change/", acting("publish", draft), follow=True).text
    assert "Attestations of the version before stay valid" in asked and "no one may ask for access" not in asked
    pia.post(f"{MODULES}{draft.pk}/change/", acting("publish", draft, confirm="1"))
    assert "Replaced" in pia.get(MODULES).text
    assert "Sam (Billing Support)" in pia.get(f"{REGISTER}?state=valid").text


def test_a_form_sent_twice_writes_once_and_who_only_publishes_writes_nothing(world):
    pia, token = signed_in(world.pia.user), str(uuid4())
    for _time in range(2):
        assert pia.post(f"{MODULES}add/", module_form(token=token)).status_code == 302
    draft = ModuleVersion.objects.get()
    asked = pia.post(f"{MODULES}{draft.pk}/change/", module_form(_next="publish"), follow=True)
    assert "Publish this module?" in asked.text
    assert not Entry.objects.filter(event="training_module.changed").exists()
