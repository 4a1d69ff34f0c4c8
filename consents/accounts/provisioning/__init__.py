"""Take in what the company's directory tells of its staff (SCIM 2.0, RFC 7643 and 7644).

The protocol is scim2-server's. `resources` are the attributes that count here, `storage` what it asks of the database,
`acts` what follows for memberships, `answering` one request.
"""
