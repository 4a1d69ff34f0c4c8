"""Backups and what it takes to trust them again: made in one snapshot, signed, the customers' keys apart; restored into
an empty database, which serves nobody before the journal outside has been done again and everything verified."""
