"""The one evaluator: may this member of staff look, may this system use.

Imports access, choices, systems, training, vault, catalogue, people, ledger and core. No tables.
"""
