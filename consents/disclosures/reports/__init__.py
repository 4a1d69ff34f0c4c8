"""Reports of a look: a customer says that a look does not seem right, and gets an answer within a set time."""
