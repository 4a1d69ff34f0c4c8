"""Messages to people, queued in the same transaction as the change they tell of.

A message names the company, the team and the answer-by date: no category, no sentence, no link that acts. One stem,
`email/<kind>_subject.txt` and `_message.txt`, is the mail as text and as HTML. Which addresses mail does not reach,
and how often a customer wants digests, is known here. Imports people, ledger and core.
"""
