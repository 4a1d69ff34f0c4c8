"""Import the company's customers and their data from CSV files into people and vault.

`reading` turns bytes into rows, `mapping` says what each column is, `rows` parses a row accordingly, `scratch` keeps
a file's keys in temporary tables, `loading` stores in batches, `report` counts. A rejected row is listed by line number
and reason, never with its values.
"""
