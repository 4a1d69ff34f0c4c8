"""Rules for a request, by topic: answers, inputs, numbers, notes, questions, ways of delivery. Pure."""
