"""`manage.py bench`: how fast the portal's pages are, beside the floor of the same run.

Part of the head. Makes its own database, a data set, a portal and a floor on this machine alone, and removes them.
Nothing of the portal imports this.
"""
