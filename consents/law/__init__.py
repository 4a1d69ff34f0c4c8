"""Statutes as tables: which rights there are, how surely we must know who asks, by when we answer, why we may refuse,
who hears complaints, how long records are kept. Pure: no database, no clock, no settings.

Law: GDPR Art 3-22, 77, 99; Reg. 1182/71; Civ 1798.100-198; 11 CCR 7020-7222. May import: core.
"""
