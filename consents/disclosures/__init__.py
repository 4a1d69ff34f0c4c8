"""The one door to the vault, and the log of every opening (GDPR Art 5(1)(f), 15; C-579/21).

An opening is committed before anything is read, and the database shows nothing without one.
Imports decisions, access, vault, catalogue, people, ledger and core.
"""
