"""The sentences of the trace that no shape and no provision says: derivative requests, ambiguous editions, disagreement."""

from collections.abc import Mapping

from mtus.reasoner.assess import Assessed
from mtus.reasoner.decide_case import Decided
from mtus.reasoner.describe import Describer, day
from mtus.reasoner.determine import Reason, ReasonKind
from mtus.reasoner.editions import EditionSelection
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge

_OPEN = (Status.UNDOCUMENTED, Status.CONFLICTING)


def unknown(requirement: str, *, conflicting: bool) -> str:
    """Return the beginning of a sentence that leaves it open whether ``requirement`` holds."""
    return f"The facts on file disagree on whether {requirement}" if conflicting else f"It is not on file whether {requirement}"


class Wording:
    """Words for the reasons and statuses of one decided case."""

    def __init__(self, assessed: Assessed, decided: Mapping[str, Decided], say: Describer, knowledge: Knowledge) -> None:
        self.statuses = assessed.statuses.read
        self.failed = frozenset((row.focus, row.source_shape) for row in assessed.rows)
        self.decided = decided
        self.say = say
        self.knowledge = knowledge

    def reason(self, reason: Reason, criterion: Criterion | None, decided: Decided) -> str:
        """Return the ground ``reason`` of a decision as a sentence."""
        if criterion:
            return self.status(criterion, decided.request) or f"It is required that {criterion.requirement}."
        guidelines = self.knowledge.guidelines
        match reason.kind:
            case ReasonKind.DERIVATIVE:
                return f"The request accompanies “{self.say.name(reason.about)}”, which is not supported, and falls with it."
            case ReasonKind.PRIMARY_OPEN:
                answer = self.knowledge.vocabulary.label(self.decided[reason.about].decision.answer.iri)
                return f"The request accompanies “{self.say.name(reason.about)}”, whose own answer is: {answer}."
            case ReasonKind.NOT_RECOMMENDED | ReasonKind.RECOMMENDED:
                return guidelines.provisions[reason.about].statement
            case ReasonKind.CONFLICTING:
                return f"The facts on file disagree on whether this applies: {guidelines.provisions[reason.about].statement}"
            case ReasonKind.SECTION_NOT_ENCODED:
                section = guidelines.sections[reason.about]
                pages = "pages" if "-" in section.page else "page"
                place = f"“{section.label}” ({pages} {section.page})"
                return f"The guideline speaks of this treatment in its section {place}, which is not encoded yet."
            case ReasonKind.EDITION_AMBIGUOUS:
                return self._ambiguity(next(s for s in decided.editions if s.guideline == reason.about))
            case ReasonKind.EDITION_NOT_ENCODED:
                edition = guidelines.editions.get(reason.about)
                if edition is None:
                    return "The dates of the request select no edition that is known here."
                return f"The dates of the request select {edition.label}, whose provisions are not encoded."
            case _:
                return "No provision of the guidelines loaded speaks of this treatment; that alone is no ground to deny it."

    def _ambiguity(self, selection: EditionSelection) -> str:
        parts = []
        for chosen in selection.dates:
            basis = self.knowledge.vocabulary.label(chosen.basis)
            what = "year" if chosen.is_year else "date"
            lent = f", the {what} of the {self.say.name(chosen.document)}" if chosen.document else ""
            edition = chosen.edition.label if chosen.edition else "no edition that is known here"
            on = f"{chosen.day.year}, from {day(chosen.day.isoformat())} on" if chosen.is_year else day(chosen.day.isoformat())
            parts.append(f"the {basis} ({on}{lent}) selects {edition}")
        return f"The dates select different editions: {'; '.join(parts)}. A physician has to choose, and say why."

    def status(self, criterion: Criterion, request: str) -> str:
        """Return what the status of ``criterion`` means: mostly the message of the shape that gave it; nothing where it is met."""
        status = self.statuses[criterion.iri, request]
        condition = self._open_condition(criterion, request) if status in _OPEN else ""
        if condition:
            return f"{condition}; if so, {self._then(criterion, status, request)}."
        if status is Status.CONFLICTING and criterion.exception and self.statuses[criterion.exception, request] is status:
            exception = self.knowledge.guidelines.criteria[criterion.exception].requirement
            return f"{unknown(exception, conflicting=True)}; unless that is so, it is required that {criterion.requirement}."
        if status is Status.CONFLICTING:
            return f"{unknown(criterion.requirement, conflicting=True)}."
        shape = {Status.UNDOCUMENTED: criterion.on_file, Status.CONTRADICTED: criterion.holds}.get(status)
        if shape is None:
            return ""
        if not criterion.on_file:
            verb = "It is not on file that" if status is Status.UNDOCUMENTED else "The facts on file speak against this requirement:"
            return f"{verb} {criterion.requirement}."
        found = self.knowledge.shape_model.all[shape]
        parts = (found, *found.property_shapes)
        # Only what failed is said; where facts disagree, what failed may show in no single row.
        failed = [part for part in parts if (request, part.iri) in self.failed] or parts
        return " ".join(dict.fromkeys(message for part in (found, *failed) if (message := part.message)))

    def _then(self, criterion: Criterion, status: Status, request: str) -> str:
        if status is Status.CONFLICTING and self.statuses[criterion.precondition, request] is Status.UNDOCUMENTED:
            return f"the facts on file disagree on whether {criterion.requirement}"
        return f"it is required that {criterion.requirement}"

    def _open_condition(self, criterion: Criterion, request: str) -> str:
        """Return that it is open whether the precondition of ``criterion`` holds, or nothing where it is not."""
        if not criterion.precondition:
            return ""
        status = self.statuses[criterion.precondition, request]
        requirement = self.knowledge.guidelines.criteria[criterion.precondition].requirement
        return unknown(requirement, conflicting=status is Status.CONFLICTING) if status in _OPEN else ""
