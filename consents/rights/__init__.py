"""Rights requests: what a customer asks of the company under GDPR or CCPA, by when it is answered, and how.

Law: GDPR Art 12, 15-22; Reg. 1182/71; Civ 1798.100-130; 11 CCR 7020-7063, 7101. May import: what lies below
disclosures and choices, and these.
"""
