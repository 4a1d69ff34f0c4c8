"""Export records for officers and auditors: each dataset in each format, with a signed manifest.

An export is on record before its first byte leaves, and its file is stored sealed for a week. `datasets` describes the
rows and columns, `formats` writes them, `packing` joins records, dictionary and manifest in one ZIP, `sealed_files`
stores it, `verifying` checks one that comes back. May import every room below.
"""
