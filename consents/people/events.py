"""Events of customers, their accounts, those who act for them, and staff, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "customer.recorded": EventWords(_("Your record with us was opened."), _("The record was opened.")),
        "customer.looked_up": EventWords(
            _("A member of our staff looked up your record by your number or address."),
            _("The record was looked up by number or address."),
        ),
        "customer.address_changed": EventWords(
            _("Your email address on file changed."), _("The email address on file changed.")
        ),
        "customer.language_chosen": EventWords(
            _("You chose your language."), _("The customer chose their language."), _("%(other)s chose a language.")
        ),
        "customer.time_zone_chosen": EventWords(_("Your time zone was set."), _("The customer’s time zone was set.")),
        "customers.imported": EventWords("", _("A list of customers was imported.")),
        "account.locked": EventWords(
            _("Someone who signs in for you locked their access."),
            _("An account was locked by whoever signs in with it."),
        ),
        "account.unlocked": EventWords(
            _("A locked access was unlocked after proof in two ways."),
            _("A locked account was unlocked after proof in two ways."),
        ),
        "account.closed": EventWords("", _("An account was closed.")),
        "record.claimed": EventWords(
            _("Your account was connected to your record."), _("An account was connected to the record.")
        ),
        "guardian.accepted": EventWords(
            _("A person who may act for you was recorded."), _("A person who may act for the customer was recorded.")
        ),
        "holder.joined": EventWords(
            _("Another person began to share this account."), _("Another person began to share the account.")
        ),
        "acting.ended": EventWords(
            _("A person who could act for you no longer can."),
            _("A person who could act for the customer no longer can."),
        ),
        "claim_code.proposed": EventWords(
            _("An officer proposed a code with which someone can act for you."), _("A code to act was proposed.")
        ),
        "claim_code.approved": EventWords(
            _("Another officer approved the code with which someone can act for you."),
            _("The code to act was approved by another officer."),
        ),
        "claim_code.printed": EventWords(
            _("We printed the code with which someone can act for you."), _("The code to act was printed.")
        ),
        "claim_code.cancelled": EventWords(
            _("We cancelled a code with which someone could have acted for you."), _("The code to act was cancelled.")
        ),
        "erasure.proposed": EventWords(_("An officer proposed to erase your data."), _("The erasure was proposed.")),
        "erasure.cancelled": EventWords(
            _("The proposal to erase your data was cancelled."), _("The proposal to erase was cancelled.")
        ),
        "customer.erased": EventWords(_("Your data was erased."), _("The customer’s data was erased.")),
        "legal_hold.placed": EventWords(
            _("Since then the law has required us to keep your data."), _("A legal hold was placed.")
        ),
        "legal_hold.lifted": EventWords(
            _("The law no longer requires us to keep your data."), _("The legal hold was lifted.")
        ),
        "staff.invited": EventWords("", _("A member of staff was invited.")),
        "staff.ended": EventWords("", _("A membership of staff ended.")),
        "staff.moved": EventWords("", _("A member of staff changed role or team.")),
        "staff.manager_set": EventWords("", _("A member of staff got another manager.")),
        "staff.invitation_sent": EventWords("", _("A member of staff was told how to sign in.")),
        "staff.change_proposed": EventWords("", _("A change of a colleague’s rights was proposed.")),
        "staff.change_cancelled": EventWords("", _("A proposed change of a colleague’s rights was cancelled.")),
        "staff.factors_reset": EventWords(
            "",
            _("Two officers let a member of staff set up their second factor anew: the old one no longer counts."),
        ),
        "staff.returned": EventWords("", _("Somebody who had left works here again.")),
    }
)
