"""The rooms of the portal (small Django apps), and the head above them: commands and template tags.

`ops` runs the portal and is not the product: demo, import, backups, verification. Imports and foreign keys go
down only; rooms separated by | do not know each other:

    portal → consents (head, ops) → accounts | home → exports → copies → rights | insights | breaches
           → disclosures → decisions | exemptions → access → choices → vault | training | systems
           → catalogue | notifications → people → ledger | law → core

News goes up by declared signals, sent inside the transaction of the act:

    people.signals.staff_ended              a membership ended or changed → access and exemptions end what they have
                                            running and waiting
    people.signals.staff_rights_changed     a colleague was invited, moved, let go or taken back, or their second factor
                                            reset → notifications tells them; accounts ends factors and sessions
    people.signals.claim_code_approved      two officers stand for a code → notifications tells whoever acts already
    people.signals.acting_changed           a part for a customer began or ended → notifications tells whoever acts
    people.signals.erasure_begins           a customer is about to be erased → access locks requests and grants,
                                            rights refuses what one of several holders alone asked for, systems queues
                                            webhooks
    people.signals.customer_erased          a customer was erased → vault empties; choices, access and exemptions end;
                                            notifications stops emails, rights forgets words and answers what is open,
                                            copies removes packages, disclosures forgets how they were told of looks,
                                            accounts ends sign-ins that were begun
    people.signals.accounts_closed          those of an erased customer closed → accounts deletes addresses, factors,
                                            sessions
    people.signals.account_lock_changed     locked → accounts ends its sessions, a new address no longer waits; or
                                            unlocked: both are confirmed
    people.signals.erasure_previewed        asked before: what would end, go or stay open ← choices, access,
                                            exemptions, rights, disclosures
    people.signals.erasure_reviewed         asked by a second officer's page: which request asks for it ← rights
    vault.signals.part_erased               kinds of a customer's data were deleted → access and exemptions end what
                                            opens them, copies removes what holds them, rights what was proposed;
                                            decisions queues webhooks
    catalogue.signals.purpose_retired       a purpose was retired → access and exemptions end what runs for it, systems
                                            queues webhooks
    catalogue.signals.version_published     a version came into force → choices tells who had agreed to an earlier one,
                                            systems queues webhooks
    catalogue.signals.retirement_previewed  asked before: what would end ← choices, access, exemptions
    catalogue.signals.version_previewed     asked before a version is published: who must be asked again ← choices
    choices.signals.consent_withdrawn       a customer withdrew or refused → access ends grants and requests,
                                            exemptions what an emergency opened
    choices.signals.consent_taken_back      an act took back consent that stood → rights keeps the record of it
    choices.signals.mark_placed             use of data paused or objected to → access ends grants and requests,
                                            exemptions what an emergency opened
    choices.signals.opted_out               a customer opted out of sale and sharing → rights keeps the record of it
    choices.signals.opted_in                a sale was agreed to after a no → rights keeps the record of it
    choices.signals.withdrawal_previewed    asked before: what stops at once ← access, exemptions
    choices.signals.withdrawal_shown        asked after: what ended, and what runs on ← access, exemptions
    access.signals.block_placed             a block was placed → exemptions ends what an emergency opened
    access.signals.home_shown               asked when the home page is shown: what happened since the last visit
                                            ← disclosures
    access.signals.notices_shown            asked there: what the company tells the customer, or waits for ← breaches,
                                            rights
    access.signals.unasked_access_shown     asked there while access runs without an answer: what may be told of it
                                            ← exemptions
    rights.signals.answer_begins            an answer is about to be given → copies refuses while a file waits
    rights.signals.rights_request_answered  an officer answered a rights request → copies queues the copy of the data
    rights.signals.copy_shown               asked when a request is shown: where the copy of its data stands ← copies

A verb means the same act everywhere:

    append_entry          write an entry to the ledger               notify            queue an email
    report_progress       show how far a long task is                lock_…            SELECT … FOR UPDATE
    get_…                 return one thing, raise or return None     get_…_or_404      let only its owner's page have it
    find_…                search; may find nothing                   select_…          return a query set
    list_… / count_…      return rows / their number                 build_…           make an object in memory
    render_…              make a page or a text                      describe_…        put into words for a person
    parse_… / read_…      take in input                              write_…           put out output
    seal_… / open_…       encrypt / decrypt                          sign_… / verify_… make / check a signature
    check_…               raise a refusal, or return what passed     is_, has_, may_   answer yes or no
    save_…                store a draft that may still change        file_…            make a request final
    answer_…              give the one answer of a request           record_…          put on record what happened
    end_… / expire_…      end something by an act / by time          stop_…            end access as the customer
"""
