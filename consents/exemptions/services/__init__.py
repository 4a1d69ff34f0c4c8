"""Acts on exemptions: filed by staff, decided by a privacy officer, ended, told to the customer."""
