"""The company's own customers and their data, from CSV files into people and vault.

`reading` turns bytes into rows, `mapping` says which column is what, `rows` understands one row by it, `scratch`
remembers a file's keys outside memory, `loading` stores in batches, `report` counts. A row that cannot be taken is
rejected by line number and reason, never with a value of it.
"""
