"""The record of what became of the catalogue: purposes, teams, ready-made sentences, and who did it."""

from consents.exports.rules import Dataset
from tests.world.exports import exported, long_ago
from tests.world.purposes import list_teams
from tests.world.retirements import confirm_end, propose_end
from tests.world.sentences import draft_sentence, publish_sentence


def test_the_end_of_a_purpose_names_both_officers(real_world):
    confirm_end(propose_end(real_world.purpose, real_world.quinn), real_world.pia)

    lines = {line["step"]: line for line in exported(real_world, dataset=Dataset.CATALOGUE)}

    quinn, pia = str(real_world.quinn.pk), str(real_world.pia.pk)
    asked, ended = lines["retirement.proposed"], lines["purpose.retired"]
    assert (asked["code"], asked["actor_ref"], asked["confirmed_by"]) == ("support", quinn, "")
    assert (ended["code"], ended["proposed_by"], ended["confirmed_by"]) == ("support", quinn, pia)
    assert lines["purpose_version.published"]["version_number"] == "1"
    assert exported(real_world, long_ago(), dataset=Dataset.CATALOGUE) == []


def test_it_says_which_teams_may_ask_and_which_sentences_are_offered(real_world):
    list_teams(real_world.purpose, "Returns", "Sales", officer=real_world.pia)
    publish_sentence(real_world.quinn, draft_sentence(real_world.pia))

    lines = {line["step"]: line for line in exported(real_world, dataset=Dataset.CATALOGUE)}

    changed, published = lines["purpose.changed"], lines["sentence_template.published"]
    assert "Returns" in changed["teams"] and "Sales" in changed["teams"]
    assert (changed["actor_ref"], lines["purpose.drafted"]["teams"]) == (str(real_world.pia.pk), "")
    assert (published["code"], published["version_number"]) == ("bill", "1")
    assert published["actor_ref"] == str(real_world.quinn.pk)
