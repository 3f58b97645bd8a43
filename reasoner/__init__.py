"""The MTUS guideline reasoner; start at :mod:`mtus.reasoner.pipeline`."""

__version__ = "0.1.0"
