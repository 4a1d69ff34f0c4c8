"""Measure the portal's speed as ratios against a floor of the same run (`manage.py bench`).

Makes a database, a data set, a portal and a floor on this machine, and removes them. The portal does not import this.
"""
