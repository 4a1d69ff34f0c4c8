"""The lists of a small shop, and how their columns are read."""

CUSTOMERS = """
customers = true
reference = "CustomerId"
email = "Email"
region = "State"
country = { column = "Country", values = { Germany = "DE" } }

[[category]]
key = "contact"
title = "Contact details"
fields = { FirstName = "First name", Email = "Email address", Phone = "Phone" }
"""


INVOICES = """
reference = "CustomerId"
[[category]]
key = "orders"
title = "Orders"
record = "InvoiceId"
fields = { InvoiceId = "Order number", Total = "Total" }
"""


PURCHASES = """
via = { file = "invoices.csv", key = "InvoiceId", reference = "CustomerId" }
[[category]]
key = "purchases"
title = "Purchases"
sensitive = true
record = "LineId"
fields = { Track = "Title" }
"""


HEADER = "CustomerId,FirstName,Email,Phone,State,Country"


ROWS = [
    HEADER,
    "1,Luís,luis@example.com,+55 1,SP,Brazil",
    "2,Leonie,leonie@example.com,+49 1,,Germany",
    "3,Astrid,astrid@example.com,+43 1,,AT",
]
