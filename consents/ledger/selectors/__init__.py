"""Read the journal, tell whether it is whole, and prove one entry to someone outside."""
