"""Queue messages, record what became of them, and save which emails customers want."""
