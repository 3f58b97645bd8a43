"""What the routes share: the knowledge, loaded once a process, and the limits of a case."""

import os

from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.settings import Settings, case_settings


def shipped_knowledge() -> Knowledge:
    """Return the knowledge that ships with the package; every call after the first returns the same object."""
    return load_knowledge()


def case_limits() -> Settings:
    """Return the limits of a case as the environment sets them, which all processes of the service share.

    A value that is no positive number raises :class:`StoreError`; that stops the service when it starts.
    """
    return case_settings(os.environ)
