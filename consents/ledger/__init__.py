"""Keep the journal of everything that happened: append-only, hash-chained per customer (GDPR Art 5(2), 7(1)).

It has no foreign keys: it names people and purposes by id or code, so it outlives them. It holds no personal value.
Imports core.
"""
