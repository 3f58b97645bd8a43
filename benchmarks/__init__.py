"""Measurements: the only source of what this project says about its speed. Run ``python -m benchmarks``."""
