"""The HTTP door to the reasoner."""
