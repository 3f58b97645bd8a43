"""What the routes share: the knowledge, loaded once a process."""

from mtus.reasoner.knowledge import Knowledge, load_knowledge


def shipped_knowledge() -> Knowledge:
    """Return the knowledge that ships with the package; every call after the first returns the same object."""
    return load_knowledge()
