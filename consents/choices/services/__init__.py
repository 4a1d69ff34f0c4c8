"""Acts on standing consent, each one transaction with one entry per purpose."""
