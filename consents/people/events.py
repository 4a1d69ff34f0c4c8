"""Events of customers, their accounts, those who act for them, and staff, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "customer.recorded": EventWords(_("Your record with us was opened."), "The record was opened."),
        "customer.looked_up": EventWords(
            _("A member of our staff looked up your record by your number or address."),
            "The record was looked up by number or address.",
        ),
        "customer.address_changed": EventWords(
            _("Your email address on file changed."), "The email address on file changed."
        ),
        "customer.language_chosen": EventWords(_("You chose your language."), "The customer chose their language."),
        "customer.time_zone_chosen": EventWords(_("Your time zone was set."), "The customer’s time zone was set."),
        "customers.imported": EventWords("", "A list of customers was imported."),
        "account.locked": EventWords(
            _("Someone who signs in for you locked their access."), "An account was locked by whoever signs in with it."
        ),
        "account.unlocked": EventWords(
            _("A locked access was unlocked after proof in two ways."),
            "A locked account was unlocked after proof in two ways.",
        ),
        "account.closed": EventWords("", "An account was closed."),
        "record.claimed": EventWords(
            _("Your account was connected to your record."), "An account was connected to the record."
        ),
        "guardian.accepted": EventWords(
            _("A person who may act for you was recorded."), "A person who may act for the customer was recorded."
        ),
        "acting.ended": EventWords(
            _("A person who could act for you no longer can."), "A person who could act for the customer no longer can."
        ),
        "claim_code.proposed": EventWords(
            _("An officer proposed a code with which someone can act for you."), "A code to act was proposed."
        ),
        "claim_code.approved": EventWords(
            _("Another officer approved the code with which someone can act for you."),
            "The code to act was approved by another officer.",
        ),
        "claim_code.printed": EventWords(
            _("We printed the code with which someone can act for you."), "The code to act was printed."
        ),
        "claim_code.cancelled": EventWords(
            _("We cancelled a code with which someone could have acted for you."), "The code to act was cancelled."
        ),
        "erasure.proposed": EventWords(_("An officer proposed to erase your data."), "The erasure was proposed."),
        "erasure.cancelled": EventWords(
            _("The proposal to erase your data was cancelled."), "The proposal to erase was cancelled."
        ),
        "customer.erased": EventWords(_("Your data was erased."), "The customer’s data was erased."),
        "legal_hold.placed": EventWords(
            _("Since then the law has required us to keep your data."), "A legal hold was placed."
        ),
        "legal_hold.lifted": EventWords(
            _("The law no longer requires us to keep your data."), "The legal hold was lifted."
        ),
        "staff.invited": EventWords("", "A member of staff was invited."),
        "staff.ended": EventWords("", "A membership of staff ended."),
        "staff.moved": EventWords("", "A member of staff changed role or team."),
        "staff.returned": EventWords("", "Somebody who had left works here again."),
    }
)
