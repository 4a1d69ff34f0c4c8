"""Access requests: staff ask, the customer answers, the grants they end in.

Imports choices, notifications, catalogue, people, ledger and core.
"""
