"""Nobody decides in their own matter: no officer takes part in that of a customer they act for (promise 16)."""

import html
from datetime import timedelta
from uuid import uuid4

import pytest

from consents.choices.rules import MarkKind
from consents.choices.services import marking
from consents.core.clock import now
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.people.models import Acting, Erasure, LegalHold, Role
from consents.people.services import erasing, holding, representing
from consents.people.services.holding import OwnMatter
from consents.rights.models import RightsRequest
from consents.rights.refusals import OwnMatterOfColleague
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling
from consents.rights.services.requester_actions import appeal_answer
from consents.rights.staff import pages
from tests.architecture.mutation.speaking import application_speaking, outcome, owner_speaking
from tests.rights.noting import write as write_note
from tests.rights.officer_pages import first_press
from tests.world.cast import make_recipient, make_staff, signed_in
from tests.world.rights_requests import answer, by_staff, file, type_in
from tests.world.sessions import act_for
from tests.world.sql.own_matters import ENTRIES, ENTRY, ROWS

OFFICER_COLUMNS = """
SELECT o.conrelid::regclass::text, a.attname FROM pg_constraint AS o
JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1]
WHERE o.contype = 'f' AND o.connamespace = 'public'::regnamespace
  AND o.confrelid IN ('people_user'::regclass, 'people_staffmember'::regclass)
  AND EXISTS (SELECT FROM pg_constraint AS c WHERE c.contype = 'f' AND c.conrelid = o.conrelid
              AND c.confrelid = 'people_customer'::regclass)
"""
ARGUMENTS = """
SELECT t.tgrelid::regclass::text, t.tgname, split.argument, split.place
FROM pg_trigger AS t, unnest(string_to_array(encode(t.tgargs, 'escape'), '\\000')) WITH ORDINALITY
    AS split(argument, place)
WHERE t.tgfoid = 'refuse_own_matter()'::regprocedure AND split.argument <> ''
"""
THEIRS = "the customer, or one who acts for them, did it"
AS_CUSTOMER = "they may do it as the customer; done as an officer, its entry is refused"
# Columns that name a user beside a customer, and are not looked at here, with the reason.
ELSEWHERE = {
    "access_accessrequest.staff_id": "whoever asks does not decide; a look of one's own account is a sign of a bypass",
    "access_answer.answered_by_id": THEIRS,
    "access_assent.given_by_id": THEIRS,
    "people_jointassent.given_by_id": THEIRS,
    "access_block.member_id": "whom the customer blocks; nobody who acts for them",
    "access_callercode.sent_by_id": "stricter: whoever has ever acted (may_record_answer)",
    "access_enquiry.sent_by_id": THEIRS,
    "access_proposedrequest.decided_by_id": "checked where it is decided (refuse_change_of_proposed_request)",
    "access_proposedrequest.staff_id": "whoever asks does not decide",
    "access_grant.staff_id": "follows from a request or an exemption",
    "copies_addedfile.added_by_id": "its entry must name the same officer, and is refused",
    "copies_collectioncode.made_by_id": "its entry must name the same officer, and is refused",
    "copies_download.taken_by_id": THEIRS,
    "copies_filedecision.decided_by_id": "its entry must name the same officer, and is refused",
    "disclosures_lookreport.decided_by_id": "checked where it is decided (require_entry_for_look_report)",
    "disclosures_lookreport.reported_by_id": THEIRS,
    "disclosures_opening.staff_id": "follows from a grant; a sign of a bypass",
    "exemptions_delay.decided_by_id": "checked where it is decided (check_delay)",
    "exemptions_exemption.decided_by_id": "checked where it is decided (check_exemption_decision)",
    "exemptions_exemption.staff_id": "checked where it is filed (check_exemption_filing)",
    "notifications_message.user_id": "whom an email goes to",
    "people_acting.user_id": "who acts",
    "people_claimcode.approved_by_id": "stricter: whoever has ever acted (refuse_claim_code_about_oneself)",
    "people_claimcode.cancelled_by_id": "only ends what could let somebody in",
    "people_claimcode.proposed_by_id": "stricter: whoever has ever acted (refuse_claim_code_about_oneself)",
    "people_claimcode.used_by_id": THEIRS,
    "people_erasure.cancelled_by_id": AS_CUSTOMER,
    "rights_draft.officer_id": "decides nothing",
    "rights_lawchoice.chosen_by_id": "names its officer before the request has a customer; its entry is refused",
    "rights_rightsrequest.handler_id": "follows from the assignments",
    "vault_parterasure.cancelled_by_id": AS_CUSTOMER,
}


@pytest.fixture
def entangled(real_world):
    """Pia and Otto act for Ada, and not for Ben. Both have asked for everything that an officer could decide."""
    real_world.olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    make_recipient("printer")
    real_world.denied, real_world.open = {}, {}
    for person in (real_world.ada, real_world.ben):
        holding.place_hold(
            customer=person.customer.pk,
            reason=LegalHold.Reason.COURT_ORDER,
            document="Az. 12/26",
            review_on=now().date() + timedelta(days=30),
            officer=real_world.olga,
            by=by_staff(real_world.olga),
        )
        refused = answer(real_world, file(person, Type.RECTIFICATION), REFUSAL, officer=real_world.quinn)
        appeal_answer(rights_request=refused.pk, customer=person.customer.pk, why="", by=person.actor)
        real_world.denied[person.customer.pk] = refused.pk
        real_world.open[person.customer.pk] = (opened := file(person, Type.ERASURE)).pk
        write_note(real_world, opened, officer=real_world.quinn)
    for officer in (real_world.pia, real_world.otto):
        act_for(officer.pk, real_world.ada.customer.pk)
    return real_world


def test_each_column_of_an_officer_is_looked_at_or_says_why_not(db):
    with owner_speaking() as owner:
        naming = {f"{table}.{column}" for table, column in owner.execute(OFFICER_COLUMNS).fetchall()}
        arguments = owner.execute(ARGUMENTS).fetchall()
    looked_at = {f"{table}.{column}" for table, _name, column, place in arguments if place > 1}
    of_entries = {column for column in looked_at if column.startswith("ledger_entry.")}

    assert naming - looked_at == set(ELSEWHERE)
    assert looked_at - naming == of_entries == {"ledger_entry.actor"}
    assert {(table == "ledger_entry", column) for table, _name, column, place in arguments if place == 1} == {
        (True, "customer"),
        (False, "customer_id"),
    }


def test_no_entry_of_staff_in_their_own_matter(entangled, subtests):
    def say(officer, person, kind="staff"):
        about = {"officer": officer.pk, "customer": person.customer.pk, "kind": kind}
        return outcome(application, (ENTRY, about | told))

    with application_speaking() as application:
        for trigger, entries in ENTRIES.items():
            for event, object_type in entries:
                told = {"event": event, "object_type": object_type}
                # Of a conflict only a compliance officer tells, and more than that.
                otherwise = "23001 exemptions_entry_tells_case" if object_type == "conflict" else "allowed"
                with subtests.test(event=event):
                    assert say(entangled.pia, entangled.ada) == f"23001 {trigger}"
                    assert say(entangled.pia, entangled.ben).startswith(otherwise)
                    assert say(entangled.quinn, entangled.ada).startswith(otherwise)
                    assert say(entangled.pia, entangled.ada, "representative").startswith(otherwise)


def test_no_row_of_an_officer_in_their_own_matter(entangled, subtests):
    def write(officer, person):
        about = {"officer": officer.pk, "customer": person.customer.pk}
        requests = entangled.denied if trigger in OF_DENIED else entangled.open
        return outcome(application, (statement, about | {"id": requests[person.customer.pk]}))

    with application_speaking() as application:
        for trigger, statement in [(trigger, row) for trigger, rows in ROWS.items() for row in rows]:
            officer, colleague = entangled.pia, entangled.quinn
            if trigger in ("people_legalhold_own_matter", "rights_appealdecision_own_matter"):
                officer, colleague = entangled.otto, entangled.olga
            with subtests.test(statement=statement):
                assert write(officer, entangled.ada) == f"23001 {trigger}"
                assert "own_matter" not in write(officer, entangled.ben) + write(colleague, entangled.ada)
                assert write(officer, entangled.ben) == write(colleague, entangled.ada)


OF_DENIED = ("rights_answerdispatch_own_matter", "rights_appealdecision_own_matter")
REFUSAL = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "GDPR Art 23")


def test_an_update_by_another_officer_is_not_spoilt_by_whoever_came_to_act_later(real_world):
    proposed = erasing.propose_erasure(
        customer=real_world.ada.customer.pk,
        reason=Erasure.Reason.UNLAWFUL,
        officer=real_world.pia,
        by=by_staff(real_world.pia),
    )
    act_for(real_world.pia.pk, real_world.ada.customer.pk)

    erasing.erase_customer(customer=proposed.customer_id, officer=real_world.otto, by=by_staff(real_world.otto))


def test_who_stops_acting_in_this_very_transaction_still_acts(real_world):
    ada, pia = real_world.ada.customer.pk, real_world.pia.pk
    proposed = erasing.propose_erasure(
        customer=ada, reason=Erasure.Reason.UNLAWFUL, officer=real_world.quinn, by=by_staff(real_world.quinn)
    )
    act_for(pia, ada)
    confirm = (
        "UPDATE people_erasure SET confirmed_by_id = %s, done_at = portal.now() WHERE id = %s",
        [pia, proposed.pk],
    )
    with application_speaking() as application:
        leaving = outcome(
            application, ("UPDATE people_acting SET ends_at = portal.now() WHERE user_id = %s", [pia]), confirm
        )
        gone = ("UPDATE people_acting SET ends_at = portal.now() - interval '1 hour' WHERE user_id = %s", [pia])
        left = outcome(application, gone, confirm)

    assert leaving == "23001 people_erasure_own_matter"
    assert left == "23001 people_acting_ends_on_record"


class TestRefused:
    """By the services first, with a sentence."""

    def test_erasures_and_holds(self, entangled):
        ada, pia, otto = entangled.ada.customer.pk, entangled.pia, entangled.otto
        with pytest.raises(OwnMatter):
            holding.lift_hold(hold=LegalHold.objects.get(customer=ada).pk, officer=otto, by=by_staff(otto))
        with pytest.raises(OwnMatter):
            erasing.propose_erasure(customer=ada, reason=Erasure.Reason.UNLAWFUL, officer=pia, by=by_staff(pia))
        with pytest.raises(OwnMatter):
            representing.end_acting_as_officer(
                acting=Acting.objects.get(user=otto.pk).pk, officer=pia, by=by_staff(pia)
            )

    def test_requests_and_marks(self, entangled):
        pia, ada = entangled.pia, entangled.ada.customer
        right = entangled.open[ada.pk]
        with pytest.raises(OwnMatter):
            handling.take_rights_request(rights_request=right, officer=pia, by=by_staff(pia))
        with pytest.raises(OwnMatterOfColleague):
            handling.hand_over_rights_request(
                rights_request=right, to=pia.pk, officer=entangled.quinn, by=by_staff(entangled.quinn)
            )
        with pytest.raises(OwnMatter):
            marking.place_mark(customer=ada.pk, kind=MarkKind.RESTRICTION, by=by_staff(pia))
        act_for(entangled.sam.pk, ada.pk)
        with pytest.raises(OwnMatter):
            type_in(entangled, customer=ada)
        handling.record_search(
            rights_request=entangled.open[entangled.ben.customer.pk],
            system="vault",
            found=True,
            officer=pia,
            by=by_staff(pia),
        )

    def test_a_page_says_so_and_the_next_request_is_somebody_elses(self, entangled):
        client, requests = signed_in(entangled.pia.user), RightsRequest.objects.in_bulk(entangled.open.values())
        own, others = (requests[entangled.open[who.customer.pk]] for who in (entangled.ada, entangled.ben))

        refused = first_press(client, own, "take")

        assert str(OwnMatter.sentence) in html.unescape(client.get(refused.url).content.decode())
        assert (
            pages.find_next_request(entangled.pia, own.pk) == pages.find_next_request(entangled.pia, uuid4()) == others
        )
        assert pages.find_next_request(entangled.quinn, others.pk) == own
