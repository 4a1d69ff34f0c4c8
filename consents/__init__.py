"""The rooms of the portal, and the head above them (start-up checks, template tags, commands, the demo company).

Imports and foreign keys go down only; rooms on one line are strangers:

    portal → consents (head) → exports → rights | insights → disclosures → decisions | exemptions → access → choices
           → vault | training | systems → catalogue | notifications → people → ledger → core

News goes up by declared signals, sent inside the transaction of the act:

    people.signals.staff_ended              a membership ended → access ends their grants and requests
    people.signals.erasure_begins           a customer is about to be erased → access locks requests and grants
    people.signals.customer_erased          a customer was erased → vault empties, choices and access end, mail stops,
                                            rights forgets words and packages and answers what is open
    people.signals.accounts_closed          accounts of an erased customer closed → addresses, factors, sessions go
    people.signals.erasure_previewed        asked before: what would end or go
    vault.signals.part_erased               kinds of a customer's data were deleted → access ends grants and requests,
                                            rights removes copies and what was proposed for those kinds
    catalogue.signals.purpose_retired       a purpose was retired → access ends grants and requests
    catalogue.signals.version_published     a version came into force → choices tell who had agreed to an earlier one
    catalogue.signals.retirement_previewed  asked before: what would end
    catalogue.signals.version_previewed     asked before a version is published: who must be asked again
    choices.signals.consent_withdrawn       a customer withdrew or refused a purpose → access ends grants and requests
    choices.signals.consent_taken_back      an act took back consent that stood → rights keeps the record of it
    choices.signals.mark_placed             use of data paused or objected to → access ends grants and requests
    choices.signals.opted_out               a customer opted out of sale and sharing → rights keeps the record of it
    choices.signals.opted_in                a sale was agreed to after a no → rights keeps the record of it
    choices.signals.withdrawal_previewed    asked before: what stops at once
    access.signals.request_answered         a request was answered
    access.signals.grant_ended              running access ended before its time
    rights.signals.rights_request_answered  an officer answered a rights request → rights queues the copy of the data
"""
