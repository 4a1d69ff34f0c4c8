"""What takes two officers: one proposes it, another decides. Every such matter is a short declaration of these."""
