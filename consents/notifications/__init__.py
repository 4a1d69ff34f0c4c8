"""Write to people: messages are queued in the same transaction as the change they tell of.

A message names the company, the team and the answer-by date: no category, no sentence, no link that acts. One stem,
`email/<kind>_subject.txt` and `_message.txt`, is the email as text and as HTML. The room also knows which addresses
email does not reach, and how often a customer wants reminders. Imports people, ledger and core.
"""
