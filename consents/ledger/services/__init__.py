"""Write the ledger: acts append (inside their transaction), jobs seal and journal (in their own)."""
