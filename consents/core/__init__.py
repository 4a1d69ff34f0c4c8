"""Shared ground without business words: refusals, states, time, canonical form, sealing, keys, append-only tables.

Imports nothing of the house; every room may import it.
"""
