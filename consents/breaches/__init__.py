"""The register of personal data breaches (GDPR Art 33, 34): what was noticed, who was told of it and when.

Nothing in it changes: each step is a row of its own. Customers are told on their page and by
email, once two officers agree.
"""
