"""Fulfil each kind of right: one file per kind, behind the protocol in `protocol`, looked up in `registry`.

May import: models, rules, refusals and words of this room, and the rooms below it; never its services or pages.
"""
