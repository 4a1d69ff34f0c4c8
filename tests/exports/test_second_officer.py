"""Personal columns: a second officer agrees, and both sign in again."""

from datetime import timedelta

from consents.exports.models import Approval, Export, ExportResult
from consents.exports.rules import RETENTION
from tests.exports.officers import LIST, afresh, filled, link_on, page_of, received, sign_in_again
from tests.world.exports import rows_of

PERSONAL = f"{LIST}make/consent_events/"
AGREE = {"CHANGE_FORM-action": "approve", "_selected_action": "x", "confirm": "1"}


def agree(client, export: Export):
    return client.post(page_of(export), AGREE | {"_selected_action": str(export.pk)})


def test_personal_columns_are_off_by_default_and_the_others_the_same(otto):
    otto.post(PERSONAL, filled())
    export = Export.objects.get()
    rows = rows_of(received(otto.get(link_on(otto, export))))

    assert not export.personal
    assert rows and {row["session_evidence"] for row in rows} == {""}


def test_personal_columns_need_a_second_officer(otto, olga):
    afresh(otto), afresh(olga)
    otto.post(PERSONAL, filled(personal="on"))
    export = Export.objects.get()
    assert "another compliance officer must" in otto.get(page_of(export)).text
    assert "/file/" not in otto.get(page_of(export)).text
    assert 'value="approve"' not in otto.get(page_of(export)).text

    assert agree(otto, export).status_code == 302
    assert not Approval.objects.exists()
    assert agree(olga, export).status_code == 302

    assert Approval.objects.get().approved_by.email == "olga@example.com"
    assert "/file/" not in olga.get(page_of(export)).text
    rows = rows_of(received(otto.get(link_on(otto, export))))
    assert {row["event_type"] for row in rows} >= {"ConsentRequested", "ConsentGiven", "ConsentRefused"}


def test_nobody_agrees_twice_or_to_what_needs_no_agreement(otto, olga):
    afresh(olga)
    otto.post(PERSONAL, filled())
    agree(olga, Export.objects.get())
    assert not Approval.objects.exists()


def test_a_link_before_the_agreement_is_refused(otto, real_world, monkeypatch):
    """Also for who makes themselves a genuine key."""
    afresh(otto).post(PERSONAL, filled(personal="on"))
    export = Export.objects.get()
    monkeypatch.setattr("consents.exports.staff.admin.verify_download_link", lambda *_: None)
    response = otto.get(f"{LIST}{export.pk}/file/x/")
    assert response.status_code == 409 and "must approve it first" in response.text


def agreed(otto, olga) -> Export:
    afresh(otto).post(PERSONAL, filled(personal="on"))
    export = Export.objects.get()
    agree(afresh(olga), export)
    return export


def long_signed_in(client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session.save()


def test_personal_columns_are_asked_for_after_signing_in_again(otto):
    asked = otto.post(PERSONAL, filled(personal="on"))
    assert not Export.objects.exists()

    done = sign_in_again(otto, asked)

    export = Export.objects.get()
    assert export.personal and done.url == page_of(export)


def test_a_bad_period_after_signing_in_again_is_told_on_a_form_that_leads_back(otto):
    asked = otto.post(PERSONAL, filled(personal="on", from_date="0001-01-01"))
    done = sign_in_again(otto, asked)
    assert done.status_code == 422 and "begins before 1970" in done.text
    assert f'action="{PERSONAL}"' in done.text


def test_it_is_agreed_to_after_signing_in_again(otto, olga):
    afresh(otto).post(PERSONAL, filled(personal="on"))
    export = Export.objects.get()
    asked = olga.post(page_of(export), AGREE | {"_selected_action": str(export.pk), "confirm": ""})
    confirming = olga.get(sign_in_again(olga, olga.get(asked.url)).url)
    assert f'action="{asked.url}"' in confirming.text and "for a week" in confirming.text
    long_signed_in(olga)

    asked = agree(olga, export)
    assert not Approval.objects.exists()
    sign_in_again(olga, asked)

    assert Approval.objects.get().approved_by.email == "olga@example.com"


def test_personal_columns_are_handed_out_after_signing_in_again(otto, olga):
    export = agreed(otto, olga)
    link = link_on(otto, export)
    long_signed_in(otto)

    asked = otto.get(link)
    file = otto.get(sign_in_again(otto, asked).url)

    assert rows_of(received(file))
    long_signed_in(otto)
    assert otto.get(link).status_code == 302
    part = otto.get(link, headers={"Range": "bytes=10-"})
    assert part.status_code == 403 and "sign in again" in part.text


def test_an_agreement_is_over_after_a_week(otto, olga, later):
    export = agreed(otto, olga)
    link = link_on(otto, export)
    assert received(otto.get(link))

    later(RETENTION - timedelta(minutes=1))
    assert received(otto.get(link))

    later(RETENTION)
    response = otto.get(link)
    assert response.status_code == 410 and "valid for a week" in response.text
    page = otto.get(page_of(export)).text
    assert "/file/" not in page and "valid for a week" in page


def test_one_that_nobody_took_in_a_week_is_not_written_any_more(otto, olga, later):
    export = agreed(otto, olga)
    link = link_on(otto, export)
    later(RETENTION)
    assert otto.get(link).status_code == 410
    assert not ExportResult.objects.exists()
    assert "Approval has expired" in otto.get(LIST).text
