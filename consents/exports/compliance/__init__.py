"""A year in figures for officers: counted from the records in one pass each, nobody named in them, drawn as charts."""
