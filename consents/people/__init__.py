"""People: who signs in, the customers the company knows, who may act for whom, and the roles of staff.

A user signs in; a customer is the person the data is about. A page never assumes that the one is the other: it
resolves the customer through `Acting`. Imports ledger and core.
"""
