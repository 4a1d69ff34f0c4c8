"""The one evaluator: may this member of staff look, may this system use.

Imports access, choices, training, catalogue, people, ledger and core. No tables.
"""
