"""Make Harbour & Pine Outfitters, the invented company of `manage.py demo`: its people, their data, their past.

Every person and every fact is invented. Set up as the owner of the database, who alone may move its clock; all of it
through the same services as in real life. Part of the head. Also: the demo's mail, readable at /demo/mail/.
"""
