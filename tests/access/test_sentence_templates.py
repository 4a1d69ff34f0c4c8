"""Ready-made sentences: kept by officers in versions and languages, filled in where staff ask, and theirs to change."""

import json
import re
from uuid import uuid4

import pytest

from consents.access.models import AccessRequest, Reason, SentenceTemplate
from consents.access.rules import (
    NewerSentenceInForce,
    SentenceIncomplete,
    SentenceIsPublished,
    SentenceNotInForce,
    SentenceTooLong,
)
from consents.access.selectors import list_offered_sentences
from consents.access.services import enquiring
from consents.ledger.models import Entry
from consents.people.services.holding import NotAnOfficer
from tests.access.asking_form import filled
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import signed_in
from tests.world.sentences import WORDS, by_officer, draft_sentence, publish_sentence, retire_sentence

ASK = "/admin/access/accessrequest/add/"
LIST = "/admin/access/sentencetemplate/"


def codes(reason=Reason.YOU_CONTACTED_US) -> list[str]:
    return [f"{template.code} {template.number}" for template in list_offered_sentences(reason)]


def form(world, **changes) -> dict:
    """The form of a case with no sentence yet, and no button pressed."""
    return {name: value for name, value in filled(world).items() if name != "file"} | (
        {"sentence": "", "case_number": "K-77"} | changes
    )


def test_a_sentence_is_offered_from_its_publication_until_it_is_retired(world):
    draft = draft_sentence(world.pia)
    assert codes() == []

    publish_sentence(world.quinn, draft)
    assert codes() == ["bill 1"] and codes(Reason.COMPLAINT) == [] and list_offered_sentences("") == []

    for _ in range(2):
        retire_sentence(world.pia, draft)
    assert codes() == []
    events = Entry.objects.filter(object=str(draft.pk), object_type="sentence_template").order_by("id")
    assert [entry.event.partition(".")[2] for entry in events] == ["drafted", "published", "retired"]
    assert {json.loads(entry.details)["number"] for entry in events} == {1}


def test_a_new_version_takes_the_place_of_the_one_before(world):
    first = publish_sentence(world.pia, draft_sentence(world.pia))
    second = enquiring.draft_next_sentence(template=first, by=by_officer(world.pia))
    assert codes() == ["bill 1"]

    publish_sentence(world.pia, second)
    assert codes() == ["bill 2"]
    with pytest.raises(SentenceNotInForce):
        retire_sentence(world.pia, first)
    retire_sentence(world.pia, second)
    assert codes() == []


def test_an_older_draft_is_not_published_after_a_newer_one(world):
    older, newer = draft_sentence(world.pia), draft_sentence(world.pia)
    publish_sentence(world.pia, newer)

    with pytest.raises(NewerSentenceInForce):
        publish_sentence(world.pia, older)


def test_what_is_published_is_in_every_language_and_never_changes(world):
    half = draft_sentence(world.pia, es="")
    with pytest.raises(SentenceIncomplete) as refused:
        publish_sentence(world.pia, half)
    assert "Español" in str(refused.value)

    published = publish_sentence(world.pia, draft_sentence(world.pia, "parcel"))
    published.texts = {"en": "Other"}
    with pytest.raises(SentenceIsPublished):
        enquiring.save_sentence_template(template=published, by=by_officer(world.pia))
    with pytest.raises(SentenceTooLong):
        draft_sentence(world.pia, "long", en="x" * 201)


def test_only_privacy_officers_publish_and_retire(world):
    draft = draft_sentence(world.pia)
    with pytest.raises(NotAnOfficer):
        publish_sentence(world.otto, draft)
    publish_sentence(world.pia, draft)
    with pytest.raises(NotAnOfficer):
        retire_sentence(world.sam, draft)


def test_whoever_asks_is_offered_the_sentences_of_the_reason(world):
    publish_sentence(world.pia, draft_sentence(world.pia))
    publish_sentence(world.pia, draft_sentence(world.pia, "upset", Reason.COMPLAINT, en="You are not happy with us."))
    sam = signed_in(world.sam.user)

    page = sam.post(ASK, form(world) | {"preview": "1"}).text
    assert WORDS["en"] in page and "You are not happy with us." not in page
    part = sam.post("/admin/access/accessrequest/preview/", form(world, reason="complaint")).text
    assert "You are not happy with us." in part and "hx-swap-oob" in part


def test_a_press_fills_the_field_and_loses_nothing_else(world):
    publish_sentence(world.pia, draft_sentence(world.pia))
    sam = signed_in(world.sam.user)

    shown = sam.post(ASK, form(world) | {"sentence_template": "bill:de"}).context["form"]
    assert shown["sentence"].value() == WORDS["de"]
    assert (shown["case_number"].value(), shown["reason"].value()) == ("K-77", "you_contacted_us")
    assert shown["categories"].value() == [str(world.categories["orders"].pk)]
    sent = form(world, sentence=f"{WORDS['de']} Wir helfen.", file="1")
    assert sam.post(ASK, sent).status_code == 302
    assert AccessRequest.objects.get().sentence == f"{WORDS['de']} Wir helfen."


@pytest.mark.parametrize("chosen", ["bill:en", "bill:fr", "other:de", "bill", "", "\0:\0", "x" * 5000])
def test_what_is_not_offered_any_more_is_said_and_loses_nothing(world, chosen):
    retire_sentence(world.pia, publish_sentence(world.pia, draft_sentence(world.pia)))

    page = signed_in(world.sam.user).post(ASK, form(world, sentence="You wrote to us.") | {"sentence_template": chosen})

    assert page.status_code == 422 and "This sentence is no longer offered." in page.text
    assert page.context["form"]["sentence"].value() == "You wrote to us."


def test_tips_stay_with_a_sentence_that_was_filled_in(world):
    publish_sentence(world.pia, draft_sentence(world.pia, en="We escalate your case to a stakeholder."))

    page = signed_in(world.sam.user).post(ASK, form(world) | {"sentence_template": "bill:en"}).text

    assert "Say it in everyday words: escalate, stakeholder." in page


def act(client, template, action, **more):
    sent = {"CHANGE_FORM-action": action, "_selected_action": str(template.pk)} | more
    return client.post(f"{LIST}{template.pk}/change/", sent, follow=True)


def test_an_officer_writes_publishes_and_retires_in_the_admin(world):
    pia = signed_in(world.pia.user)
    words = {f"text_{code}": text for code, text in WORDS.items()}
    pia.post(f"{LIST}add/", {"code": "bill", "reason": "complaint", "_save": "1"} | words)
    template = SentenceTemplate.objects.get()
    assert (template.code, template.number, template.reason, template.texts) == ("bill", 1, "complaint", WORDS)

    assert WORDS["es"] in act(pia, template, "publish").text
    act(pia, template, "publish", confirm="1")
    assert codes(Reason.COMPLAINT) == ["bill 1"]
    act(pia, template, "new_version")
    assert SentenceTemplate.objects.filter(number=2, published_at=None).exists()
    act(pia, template, "retire", confirm="1")
    assert codes(Reason.COMPLAINT) == []
    assert "Retired" in signed_in(world.otto.user).get(LIST).text
    assert signed_in(world.sam.user).get(LIST).status_code in (403, 404)


def test_a_form_without_a_sentence_says_so(world):
    page = signed_in(world.pia.user).post(f"{LIST}add/", {"code": "bill", "reason": "complaint", "_save": "1"})

    assert "Write the sentence in at least one language." in page.text
    assert not SentenceTemplate.objects.exists()


def test_the_database_keeps_what_was_published(real_world):
    world, by = real_world, "23001 access_sentencetemplate_frozen"
    offered = publish_sentence(world.pia, draft_sentence(world.pia)).pk
    draft = draft_sentence(world.pia, "parcel").pk
    publish = "UPDATE access_sentencetemplate SET published_at = {}, published_by_id = %s WHERE id = %s"
    retire = "UPDATE access_sentencetemplate SET retired_at = portal.now(), retired_by_id = %s WHERE id = %s"
    with application_speaking() as application:
        change = ("""UPDATE access_sentencetemplate SET texts = '{"en": "Other"}' WHERE id = %s""", [offered])
        assert outcome(application, change) == by
        for moment, who in (("portal.now()", world.sam), ("portal.now() - interval '1 hour'", world.pia)):
            assert outcome(application, (publish.format(moment), [who.pk, draft])) == by
        assert outcome(application, (retire, [world.otto.pk, offered])) == by
        assert outcome(application, "DELETE FROM access_sentencetemplate").startswith("42501")
        new = "INSERT INTO access_sentencetemplate (code, number, reason, texts, published_at, published_by_id)"
        new += " VALUES ('x', 1, 'other', '{}', portal.now(), %s)"
        assert outcome(application, (new, [world.pia.pk])) == by
        alone = f"{by.removesuffix('frozen')}on_record"
        entry = told("sentence_template.published", draft, number=1)
        whole = (publish.format("portal.now()"), [world.pia.pk, draft])
        assert outcome(application, whole) == outcome(application, entry, whole) == alone


def test_a_draft_is_changed_and_published_once(world):
    draft = draft_sentence(world.pia)
    draft.texts = WORDS | {"en": "You told us that a parcel is late."}
    enquiring.save_sentence_template(template=draft, by=by_officer(world.pia))
    for officer in (world.quinn, world.pia):
        publish_sentence(officer, draft)

    draft.refresh_from_db()
    assert (draft.number, draft.text, draft.published_by) == (1, "You told us that a parcel is late.", world.quinn.user)
    events = Entry.objects.filter(object=str(draft.pk), object_type="sentence_template").order_by("id")
    assert [entry.event.partition(".")[2] for entry in events] == ["drafted", "changed", "published"]


def test_the_form_advises_and_is_saved_once_and_only_where_the_words_change(world):
    pia, token = signed_in(world.pia.user), {"token": str(uuid4()), "_save": "1"}
    sent = {"code": "bill", "reason": "complaint"} | {f"text_{code}": text for code, text in WORDS.items()} | token
    sent["text_en"] = "We escalate your case."
    assert "Say it in everyday words: escalate." in pia.post(f"{LIST}add/", sent, follow=True).text
    assert pia.post(f"{LIST}add/", sent).url == LIST
    template = SentenceTemplate.objects.get()

    change, kept = f"{LIST}{template.pk}/change/", {name: sent[name] for name in sent if name != "_save"}
    for words in ("We escalate your case.", "We look at your case."):
        typed = kept | {"text_en": words, "_next": "publish", "token": str(uuid4())}
        assert pia.post(change, typed).url == f"{LIST}{template.pk}/act/publish/"
    template.refresh_from_db()
    assert template.texts["en"] == "We look at your case."
    publish_sentence(world.quinn, template)
    assert pia.post(change, typed).url == LIST
    events = Entry.objects.filter(object=str(template.pk), object_type="sentence_template").order_by("id")
    assert [entry.event.partition(".")[2] for entry in events] == ["drafted", "changed", "published"]


def test_a_retirement_is_asked_first_and_the_list_says_what_became_of_each(world):
    first, pia = publish_sentence(world.pia, draft_sentence(world.pia)), signed_in(world.pia.user)
    second = enquiring.draft_next_sentence(template=first, by=by_officer(world.pia))
    assert "Draft" in pia.get(LIST).text and "Replaced" not in pia.get(LIST).text
    publish_sentence(world.quinn, second)
    assert {"Replaced", "Offered"} <= set(re.findall(r'class="state [^"]*">(\w+)<', pia.get(LIST).text))

    assert "Retire this sentence?" in act(pia, second, "retire").text
    assert codes() == ["bill 2"]
    retire_sentence(world.pia, second)
    assert {"Replaced", "Retired"} == set(re.findall(r'class="state [^"]*">(\w+)<', pia.get(LIST).text))
