"""Request an export, approve its personal columns, then write and deliver it."""
