"""Copies of a customer's data: prepared when a request is granted, kept sealed for two weeks, collected on record.

Law: GDPR Art 15(3), 20; Civ 1798.130(a)(2); 11 CCR 7024. May import: rights and disclosures, and what lies below them.
"""
