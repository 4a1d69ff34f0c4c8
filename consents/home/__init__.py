"""The pages and emails that show many rooms at once."""
