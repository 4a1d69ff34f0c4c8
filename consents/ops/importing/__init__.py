"""Import the company's customers and their data into people and vault, from CSV, JSON Lines or a database.

`reading` turns bytes into rows, `mapping` says what each column is, `rows` parses a row accordingly, `scratch` keeps
a file's keys in temporary tables, `loading` stores in batches, `report` counts. A rejected row is listed by line number
and reason, never with its values.
"""
