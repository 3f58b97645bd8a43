"""The receipt of a determination: digests and versions from which anyone can compute it again. No clock, no random name."""

import hashlib
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from mtus.reasoner import __version__
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.trace import Receipt

# The packages whose behaviour the answer depends on.
ENGINES: Final = ("pyoxigraph",)


def receipt(facts: Facts, knowledge: Knowledge) -> Receipt:
    """Return the receipt for ``facts`` under ``knowledge``."""
    return Receipt(facts.digest, knowledge.digest, __version__, _versions())


def was_made_with(made: Receipt, knowledge: Knowledge) -> bool:
    """Return whether ``made`` is of ``knowledge`` and of this release, so that the same facts have to give the same."""
    return (made.knowledge_digest, made.reasoner_version) == (knowledge.digest, __version__)


@lru_cache(maxsize=1)
def _versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in ENGINES)


def determination_id(made: Receipt) -> str:
    """Return the IRI of the determination: the same facts, knowledge and versions give the same one."""
    parts = [made.case_digest, made.knowledge_digest, made.reasoner_version, *(f"{n}={v}" for n, v in made.engines)]
    return DETERMINATION + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
