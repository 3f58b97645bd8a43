"""From a case to what would change its answers, one call a step: load, examine, decide, search, explain."""

from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.pipeline import decide_all
from mtus.reasoner.remedies import WhatIf, explain_changes
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.whatif import what_if


def what_would_change(content: bytes, *, name: str = "case", syntax: str = "", knowledge: Knowledge | None = None,
                      settings: Settings = DEFAULT) -> WhatIf:  # fmt: skip
    """Return what would change the answers of the case in ``content``, request by request.

    ``name`` is what errors call the case, ``syntax`` its format where that is known. Raises :class:`CaseError` where the case is wrong,
    or where the search takes more steps than ``settings`` allow.
    """
    knowledge = knowledge or load_knowledge()
    facts = load_case(content, knowledge, name=name, syntax=syntax, settings=settings)
    assessed, decided = decide_all(facts, knowledge, settings=settings)
    found = what_if(assessed, decided, knowledge, settings)
    return explain_changes(assessed, decided, found, knowledge)
