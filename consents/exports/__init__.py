"""Records out for officers: datasets, streamed, on record before the first byte.

Imports every room below.
"""
