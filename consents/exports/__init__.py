"""Export records for officers and auditors: each dataset in each format, with a signed manifest.

An export is on record before its first byte leaves, and its file is stored sealed for a week. `datasets` describes the
rows and columns, `formats` writes them, `manifests` signs what is in a ZIP, `sealed_files` packs and stores it,
`verifying` checks one that comes back. May import every room below.
"""
