"""Exchange the catalogue as a YAML file: exported, checked, imported again as drafts.

Exporting, importing into an empty portal and exporting again gives the same file.
"""
