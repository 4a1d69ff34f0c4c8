"""Queue webhooks, record what became of them, and send them again."""
