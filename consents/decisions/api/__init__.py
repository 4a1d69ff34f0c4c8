"""Answer other systems of the company: may this one use these data of this customer for this purpose now?

The protocol is the OpenID AuthZEN Authorization API 1.0, of which the portal is the policy decision point:
`consents.systems` has those that may ask, `messages` what the protocol lets them say, `answering` what
they are told.

    subject    {"type": "system", "id": the name of the system that asks}
    action     {"name": the code of a purpose}
    resource   {"type": the code of a category, "id": the customer's number with the company}

Staff are no subject here: they look in the portal, where the look is on record before anything is shown.
"""
