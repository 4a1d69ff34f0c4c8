"""The journal of everything that happened: append-only, hash-chained per customer (GDPR Art 5(2), 7(1)).

No foreign keys: it names people and purposes by id or code, so it outlives them. No personal value enters it.
Imports core.
"""
