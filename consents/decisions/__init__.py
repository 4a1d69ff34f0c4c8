"""The one evaluator: may this member of staff look, may this system use (design §4.1-4.2).

Imports access, choices, catalogue, people, ledger and core. No tables.
"""
