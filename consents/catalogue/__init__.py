"""Data categories and their fields, purposes and their versions: what staff may ask for, and why (GDPR Art 13, 30).

Everything a customer reads exists in every language of PORTAL_LANGUAGES. A published version never changes: a new
wording is a new version. Imports people, ledger and core.
"""
