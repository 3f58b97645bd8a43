"""The letter of a determination that was reviewed: what was decided, by whom, and where otherwise than recommended.

What the reasoner said stands as it stood, under words that say so: the determination does not change, and where the reviewer decided
otherwise the reasons of both stand beside each other.
"""

from mtus.reasoner.describe import day
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import Style, plain
from mtus.reasoner.namespaces import MTUS, SKOS, local_name
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.render_review import is_by_physician
from mtus.reasoner.render_text import SLOT, Letter
from mtus.reasoner.review import Override, RequestReview, SignedReview
from mtus.reasoner.trace import Determination, RequestDetermination


def to_signed_letter(determination: Determination, review: SignedReview, knowledge: Knowledge, style: Style = plain) -> str:
    """Return the letter for ``determination`` as ``review`` decided it.

    The review has to have been checked against the determination (:func:`mtus.reasoner.review_check.check_review`).
    """
    return _SignedLetter(determination, review, knowledge, style).write()


class _SignedLetter(Letter):
    def __init__(self, determination: Determination, review: SignedReview, knowledge: Knowledge, style: Style) -> None:
        super().__init__(determination, knowledge, style)
        self.review = review
        self.reviewed = {request.request: request for request in review.requests}
        self.ontology = knowledge.ontology
        self.by_physician = is_by_physician(review, knowledge)

    def _title(self) -> str:
        return "DETERMINATION"

    def _disposition(self) -> str:
        return f"Disposition: {self._for_all([self.reviewed[request.request].decision for request in self.d.requests])}"

    def _disposed(self, disposition: str) -> str:
        """Return a disposition as it is called once it is decided."""
        return self.ontology.text(disposition, SKOS + "altLabel") or self.label(disposition)

    # One request

    def _answer(self, r: RequestDetermination) -> None:
        own = self.reviewed[r.request]
        self.line(self.style("heading", f"Determined: {self._decided(own)}"))
        if not own.overrides:
            self.line(f"The reviewer agrees with the recommended answer: {self.label(r.answer)}.")
            return
        self._overridden(r, own)
        disposition = "" if local_name(r.disposition) == "open" else f" (recommended disposition: {self.label(r.disposition)})"
        self.line(f"The reasoner had recommended: {self.label(r.answer)}{disposition}. "
                   "What follows is what it had found in the documents searched.")  # fmt: skip

    def _decided(self, own: RequestReview) -> str:
        if local_name(own.decision) == "open":
            return "nothing yet; the request stays open"
        decided = self._disposed(own.decision)
        return f"{decided}; approved: {own.approved_part}" if own.approved_part else decided

    def _why(self, r: RequestDetermination) -> str:
        return "Why the reasoner had recommended so:" if self.reviewed[r.request].overrides else super()._why(r)

    def _agrees(self, own: RequestReview) -> bool:
        return own.recommended_answer in self.ontology.nodes(own.decision, MTUS + "agreesWithAnswer")

    def _overridden(self, r: RequestDetermination, own: RequestReview) -> None:
        if self._agrees(own):
            self.line("The reviewer agrees with the recommended answer, and sees the following otherwise than the reasoner:")
        else:
            self.line("The reviewer decides otherwise than was recommended, because:")
        for override in own.overrides:
            self.line(self._seen_otherwise(override, r), 1, "- ")
            self.line(f"Reason: {override.reason}", 3)
            for text in override.evidence:
                self.line(f"Evidence seen: {text}", 3)
        self.line()

    def _seen_otherwise(self, override: Override, r: RequestDetermination) -> str:
        """Return what was overridden: the requirement with the status found and the one recommended, or the reason in words."""
        a = next((a for a in all_assessments(r) if a.criterion == override.criterion), None)
        if a is None:
            said = " ".join(reason.text for reason in r.reasons if reason.kind == override.reason_kind)
            return f"The reviewer does not follow the reasoner in this: “{said}”"
        found, before = self.label(override.status), self.label(override.recommended_status)
        return f"{a.requirement[:1].upper()}{a.requirement[1:]}: found {found}; the reasoner had found it {before} ({a.citation.text})."

    # The end

    def _slot(self) -> None:
        review, reviewer = self.review, self.review.reviewer
        self.line(self.style("heading", "Review by a physician" if self.by_physician else "Review"))
        if self.by_physician:
            self.line("The reviewer named here made this determination. The reasoner's recommendation was advice, and decided nothing.")
        else:
            self.line("The reviewer named here is no physician. Nothing here denies or modifies care, which only a physician may do.")
        role = "; ".join((self.label(reviewer.role), *reviewer.specialties))
        licences = ", ".join(reviewer.licence_states) or "none stated"
        for field, text in zip(SLOT, (reviewer.name, role, licences, _when(review.reviewed_at), self._outcome()), strict=True):
            self.line(f"{field}: {text}", 1)

    def _outcome(self) -> str:
        numbers: dict[bool, list[str]] = {False: [], True: []}
        for number, request in enumerate(self.d.requests, 1):
            numbers[bool(self.reviewed[request.request].overrides)].append(str(number))
        agreed, overridden = (_requests(numbers[key]) for key in (False, True))
        if not numbers[True]:
            return "agreed" if len(self.d.requests) == 1 else "agreed, for all requests"
        why = "the reasons and the evidence seen stand above"
        return f"overridden for {overridden} ({why})" + (f"; agreed for {agreed}" if numbers[False] else "")

    def _receipt(self) -> list[str]:
        digest = f"Digest of the determination {determination_digest(self.d)}"
        return [f"Review {local_name(self.review.id)}", digest, *super()._receipt()]


def _requests(numbers: list[str]) -> str:
    return f"request {numbers[0]}" if len(numbers) == 1 else f"requests {', '.join(numbers[:-1])} and {numbers[-1]}" if numbers else ""


def _when(text: str) -> str:
    """Return an ISO date, or date-time, as people write it."""
    return f"{day(text[:10])}, {text[11:]}" if len(text) > 10 else day(text)
