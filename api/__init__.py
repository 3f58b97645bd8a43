"""The HTTP door to the reasoner; start at :mod:`mtus.api.main`."""
