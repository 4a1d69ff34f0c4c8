"""The company's other systems: who they are, and how they are told that a customer's consent has changed.

A system asks the portal before it uses data (`consents/decisions/api`). Between two questions it is told, by a webhook
(Standard Webhooks 1.0.0), that the answer may be another one now; what the answer is, it asks for. Imports catalogue,
people, ledger and core.
"""
