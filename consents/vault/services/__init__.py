"""Acts on the vault, by story: storing records, erasing them (all of a customer, or some kinds), rotating keys."""
