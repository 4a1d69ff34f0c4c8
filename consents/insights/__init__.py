"""Numbers about groups of customers, with nobody in them: questions, insights and the cells that may be shown.

Only customers who allow the purpose `statistics` are counted, and only aggregates are kept.
Imports disclosures, choices, training, catalogue, people, ledger and core.
"""
