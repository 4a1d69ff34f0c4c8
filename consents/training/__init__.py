"""Training that staff need before they ask or look: modules with questions, tries at them, and attestations.

Imports notifications, people, ledger and core. Whether a member is trained is one function of the database,
`portal.is_trained`; the rooms above ask it inside the statements they run anyway.
"""
