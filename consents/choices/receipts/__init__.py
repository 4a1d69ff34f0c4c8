"""Receipts: signed copies of what a customer said, to take away (ISO/IEC TS 27560 through DPV 2.3, GDPR Art 7(1)).

Nothing is stored for a receipt: it is built from the ledger and the frozen catalogue, the same bytes every time.
`parts` says what a receipt holds, `jsonld` how it is written down, `claims` how it is signed and verified;
`issuing` builds the parts from a customer's entries. Rooms above issue receipts for their own acts through `issuing`.
"""
