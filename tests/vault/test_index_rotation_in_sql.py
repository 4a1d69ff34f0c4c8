"""What a rotation of the index key changes, changes with its entry and forward alone: SQL as the application."""

from consents.accounts import company_accounts
from tests.world.providers import make_sign_in
from tests.world.rights_requests import file_as_stranger, file_correction

REFUSED = "23001"
TELL = "SELECT portal.append_entry(%s, NULL, 'portal', '', 'x', %s, '', 'job', NULL, '', '{}')"
EVENTS = {"ties": "provider_ties.rekeyed", "words": "strangers_words.resealed"}
ADDRESS = (
    "UPDATE people_customer SET address_hash = set_byte(address_hash, 0, %s), sealed_address = '\\x00' WHERE id = %s"
)
TIE = "UPDATE socialaccount_socialaccount SET uid = %s || substr(uid, 3) WHERE user_id = %s"
WORDS = "UPDATE rights_statement SET sealed = '\\x00' WHERE rights_request_id = %s"


def told(what: str) -> tuple:
    return TELL, [EVENTS.get(what, "keyed_hashes.rekeyed"), what]


def test_an_address_moves_to_a_newer_key_on_record(real_world, tried):
    ada, ben = real_world.ada.customer.pk, real_world.ben.customer.pk
    by = f"{REFUSED} people_customer_address_on_record"

    assert tried(told("addresses"), (ADDRESS, [2, ada]), (ADDRESS, [2, ben])).startswith("allowed")
    assert tried((ADDRESS, [2, ada])) == by
    assert tried(told("records"), (ADDRESS, [2, ada])) == by
    for number in (0, 1):
        assert tried(told("addresses"), (ADDRESS, [number, ada])) == by


def test_a_rotation_gives_nobody_an_address(real_world, tried):
    off = "UPDATE people_customer SET address_hash = NULL, sealed_address = NULL WHERE id = %s"

    said = tried(told("addresses"), (off, [real_world.ada.customer.pk]))

    assert said == f"{REFUSED} people_customer_address_on_record"


def test_a_tie_moves_to_a_newer_key_on_record_and_to_nobody_else(real_world, tried):
    sam, pia = real_world.sam.user, real_world.pia.user
    company_accounts.tie_user(make_sign_in(), "sam-1", sam)
    by = f"{REFUSED} socialaccount_socialaccount_rekeyed"

    assert tried(told("ties"), (TIE, ["02", sam.pk])).startswith("allowed")
    assert tried((TIE, ["02", sam.pk])) == tried(told("addresses"), (TIE, ["02", sam.pk])) == by
    assert tried(told("ties"), (TIE, ["01", sam.pk])) == by
    moved = "UPDATE socialaccount_socialaccount SET user_id = %s WHERE user_id = %s"
    assert tried(told("ties"), (moved, [pia.pk, sam.pk])).startswith("42501")


def test_a_strangers_words_are_sealed_anew_on_record_and_no_customers(real_world, tried):
    stranger = file_as_stranger()
    by = f"{REFUSED} rights_statement_resealed"

    assert tried(told("words"), (WORDS, [stranger.pk])).startswith("allowed")
    assert tried((WORDS, [stranger.pk])) == tried(told("ties"), (WORDS, [stranger.pk])) == by
    other = "UPDATE rights_statement SET sealed = '\\x00', kind = 'replied' WHERE rights_request_id = %s"
    assert tried(told("words"), (other, [stranger.pk])) == f"{REFUSED} rights_statement_frozen"


def test_the_words_of_a_customer_stay_as_they_were_sealed(real_world, tried):
    theirs = "UPDATE rights_statement SET sealed = '\\x00' WHERE is_theirs"
    file_correction(real_world.ada)

    assert tried(told("words"), (theirs, [])) == f"{REFUSED} rights_statement_frozen"
