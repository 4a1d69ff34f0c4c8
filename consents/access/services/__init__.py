"""Acts on access requests, by story: asking (staff), answering (customer), ending (both, and time)."""
