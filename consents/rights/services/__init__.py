"""Acts on rights requests, by story: filing (customer, stranger, staff), handling and answering (officers), their word
and what fulfils them: correcting, erasing. Watching and removing are the jobs'.

Rules and triggers agree: who asks is known before anything about anybody's data is said, on every path.
"""
