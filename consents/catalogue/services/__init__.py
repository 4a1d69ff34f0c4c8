"""Acts on the catalogue, one module for each kind of record."""
