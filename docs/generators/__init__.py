"""What writes the generated parts of the documentation; start at docs/generate.py."""
