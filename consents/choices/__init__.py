"""Standing consent per purpose: give, refuse, withdraw (GDPR Art 7).

Imports catalogue, notifications, people, ledger and core.
"""
