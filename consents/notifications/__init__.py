"""Messages to people, queued in the same transaction as the change they tell of.

A message names the company, the team and the answer-by date: no category, no sentence, no link that acts.
Imports people, ledger and core.
"""
