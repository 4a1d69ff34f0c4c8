"""A year in charts for officers: counted in one pass per chart, without naming anyone."""
