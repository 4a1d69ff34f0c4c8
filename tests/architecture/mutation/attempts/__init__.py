"""An attempt for every part of the database that keeps a promise, room by room.

What is refused here must be allowed, or refused by something else, once the part is gone; a part without an attempt is
a failure of its own.
"""
