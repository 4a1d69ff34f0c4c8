"""Tell customers by email when somebody looked at their data, as often as each of them wants."""
