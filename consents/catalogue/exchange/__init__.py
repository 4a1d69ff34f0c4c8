"""The catalogue as a YAML file: out, checked, and in again as drafts. Export, import into an empty portal, export
again: equal.
"""
