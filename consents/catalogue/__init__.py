"""What may be asked for and why: data categories and their fields, purposes and their versions (GDPR Art 13, 30).

Everything a customer reads exists in every language of PORTAL_LANGUAGES. A published version never changes: a new
wording is a new version. Imports people, ledger and core.
"""
