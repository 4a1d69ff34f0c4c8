"""Django's PostgreSQL back end, which starts the embedded server when a connection is first needed."""
