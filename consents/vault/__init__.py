"""Keep the personal data itself: records per customer and category, every value sealed under the customer's key.

Nothing is read here: the one door is `disclosures.services.disclose_records`. Imports people, catalogue, ledger, core.
"""
