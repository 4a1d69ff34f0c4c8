"""Running the portal: the web server and the worker as programs of their own, started, watched and stopped together.

Part of the head.
"""
