"""What goes into the copy of a customer's data, and how it reads: one page to open anywhere, one file for programs."""
