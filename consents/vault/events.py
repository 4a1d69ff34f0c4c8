"""Events of stored and erased data, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "vault.stored": EventWords(_("Data about you was stored or changed."), _("Data was stored or changed.")),
        "part_erasure.proposed": EventWords(
            _("An officer proposed to erase part of your data."), _("The erasure of part of the data was proposed.")
        ),
        "part_erasure.cancelled": EventWords(
            _("The proposal to erase part of your data was cancelled."),
            _("The proposal to erase part of the data was cancelled."),
        ),
        "customer.part_erased": EventWords(_("Part of your data was erased."), _("Part of the data was erased.")),
        "customer_keys.rewrapped": EventWords("", _("Customers' keys were wrapped with the newest key.")),
        "keyed_hashes.rekeyed": EventWords(
            "", _("What records are found by was hashed once more, with the newest index key.")
        ),
        "index_key.settled": EventWords("", _("Nothing is left that an older index key had made.")),
        "wrapping_key.retired": EventWords("", _("A wrapping key was retired.")),
    }
)
