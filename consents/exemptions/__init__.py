"""Access without the customer's answer, on a named legal ground, by two people (GDPR Art 6(1)(c) and (d), 48).

Imports access, training, catalogue, notifications, people, ledger and core. It ends in the same grant as an answer.
"""
