"""Know people: users who sign in, the customers of the company, who may act for whom, and the roles of staff.

A user signs in; a customer is the person the data is about. A page never assumes that the one is the other: it finds
the customer through `Acting`. Imports ledger and core.
"""
