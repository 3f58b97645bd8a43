"""Check a review: what it says of itself against shapes/review, and what it says of the determination against the determination.

The same checks run when a review is made and whenever one is used, so that a review edited by hand signs nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime

from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.errors import Problem, ReviewError, review_error
from mtus.reasoner.graph import Literal, from_quads
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, local_name
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.render_review import review_triples
from mtus.reasoner.review import AGREED, OVERRIDDEN, Override, RequestReview, SignedReview
from mtus.reasoner.review_grounds import grounds_of, known_grounds
from mtus.reasoner.review_ids import with_ids
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination

# The shapes below this IRI say what a review has to say of itself.
REVIEW_SHAPES = BASE + "shape/review/"
# Reasons that lead to another request.
_THROUGH_ANOTHER = ("derivative", "primary-open")


def check_review(review: SignedReview, determination: Determination, knowledge: Knowledge, name: str) -> None:
    """Raise :class:`ReviewError` with everything that is wrong with ``review`` of ``determination``; ``name`` is what errors call it.

    Whether it is a review of this determination is looked at first: of another one nothing more could be said.
    """
    refuse_other(review, determination, name)
    check = _Check(review, determination, knowledge, name)
    problems = (*check.own(), *check.against_the_determination())
    if problems:
        raise ReviewError(tuple(dict.fromkeys(problems)))


def refuse_other(review: SignedReview, determination: Determination, name: str) -> None:
    """Raise :class:`ReviewError` where ``review`` is not of ``determination``, by identifier and by digest."""
    if review.determination != determination.id:
        raise review_error(
            "review-of-another", name,
            f"The review is of determination {local_name(review.determination)}, and this is {local_name(determination.id)}.",
            "Name the determination that was reviewed; another one needs a review of its own.",
        )  # fmt: skip
    digest = determination_digest(determination)
    if review.determination_digest != digest:
        raise review_error(
            "review-digest", name,
            f"The review is of a determination with the digest {review.determination_digest}, and this one has {digest}: "
            "one of the two was changed after the review.",
            "Find the determination as it was reviewed, or let it be reviewed again; nothing was signed.",
        )  # fmt: skip


class _Check:
    def __init__(self, review: SignedReview, determination: Determination, knowledge: Knowledge, name: str) -> None:
        self.review = review
        self.determination = determination
        self.knowledge = knowledge
        self.name = name
        self.requests = {request.request: request for request in determination.requests}
        self.number = {request.request: n for n, request in enumerate(determination.requests, 1)}

    # What it says of itself

    def own(self) -> Iterable[Problem]:
        """Yield what fails the shapes."""
        knowledge = self.knowledge
        graph = infer(from_quads(review_triples(self.review, knowledge)), knowledge.rules, knowledge.background).graph
        shapes = [shape for iri, shape in knowledge.shape_model.targeted.items() if iri.startswith(REVIEW_SHAPES)]
        for row in sorted(Evaluator(graph).rows(shapes), key=lambda row: (row.focus, row.source_shape)):
            text = knowledge.shapes.text
            value = f" (here: {row.value.value})" if isinstance(row.value, Literal) else ""
            yield Problem(
                text(row.source_shape, MTUS + "errorCode") or "review-shape",
                self._place(row.focus),
                knowledge.shape_model.all[row.source_shape].message + value,
                text(row.source_shape, MTUS + "remedy") or "Correct the review.",
            )
        if with_ids(self.review) != self.review:
            why = "The identifier of the review does not follow from what it says: it was changed after it was made."
            yield Problem("review-altered", self.name, why, "Use the review as `mtus review` wrote it.")

    def _place(self, node: str) -> str:
        inside = node.removeprefix(self.review.id).strip("/").removeprefix("on-")
        return f"{self.name}, {inside}" if inside else self.name

    # What it says of the determination

    def against_the_determination(self) -> Iterable[Problem]:
        """Yield what does not fit the determination."""
        yield from self._time()
        yield from self._role()
        yield from self._which_requests()
        for request in self.review.requests:
            determined = self.requests.get(request.request)
            if determined:
                yield from self._request(request, determined)
        overridden = {request.outcome for request in self.review.requests} - {AGREED}
        if self.review.outcome != (OVERRIDDEN if overridden else AGREED):
            yield Problem("review-altered", self.name, "The result of the review is not that of its requests.", _AS_WRITTEN)

    def _time(self) -> Iterable[Problem]:
        day = reviewed_day(self.review.reviewed_at)
        if self.review.reviewed_at and day is None:
            no_day = f"“{self.review.reviewed_at[:40]}” is no day, and no day and time (ISO 8601)."
            yield Problem("review-time", self.name, no_day, "Write 2015-10-02, or 2015-10-02T14:30:00-07:00.")
        later = sorted((d.date, d.label) for d in self.determination.documents if day and d.date and date.fromisoformat(d.date) > day)
        if later:
            too_early = f"The review is dated {day}, before a document that was searched: {later[-1][1]}, {later[-1][0]}."
            yield Problem("review-before-document", self.name, too_early, "Correct the day of the review.")

    def _role(self) -> Iterable[Problem]:
        role, stage = self.review.reviewer.role, self.determination.stage
        stages = self.knowledge.ontology.nodes(role, MTUS + "actsAtStage")
        if stages and stage not in stages:
            label = self.knowledge.vocabulary.label
            why = f"A person in the role “{label(role)}” does not review at this stage: {label(stage)}."
            fitting = sorted(local_name(r) for r in self.knowledge.ontology.subjects(MTUS + "actsAtStage", stage))
            yield Problem("review-role-stage", f"{self.name}, reviewer", why, f"The roles at this stage are: {', '.join(fitting)}.")

    def _which_requests(self) -> Iterable[Problem]:
        reviewed = [request.request for request in self.review.requests]
        for request in dict.fromkeys(r for r in reviewed if r not in self.requests or reviewed.count(r) > 1):
            why = "The determination has no such request." if request not in self.requests else "The request is decided twice."
            yield Problem("review-unknown-request", f"{self.name}, {local_name(request)}", why, self._known_requests())
        for request in self.requests:
            if request not in reviewed:
                missing = f"Request {self.number[request]} of the determination, {local_name(request)}, is not decided."
                yield Problem("review-request-missing", self.name, missing, "State a decision for each request.")

    def _known_requests(self) -> str:
        return f"The requests are: {'; '.join(f'{n} {local_name(request)}' for request, n in self.number.items())}."

    def _request(self, request: RequestReview, determined: RequestDetermination) -> Iterable[Problem]:
        place = f"{self.name}, {local_name(request.request)}"
        if (request.recommended_answer, request.recommended_disposition) != (determined.answer, determined.disposition):
            yield Problem("review-altered", place, "What had been recommended is not what the determination says.", _AS_WRITTEN)
        if request.outcome != (OVERRIDDEN if request.overrides else AGREED):
            yield Problem("review-altered", place, "The result does not follow from the overrides.", _AS_WRITTEN)
        statuses = {a.criterion: a for a in all_assessments(determined)}
        for override in request.overrides:
            yield from self._override(override, determined, statuses, place)
        yield from self._decision(request, determined, place)

    def _override(
        self, override: Override, determined: RequestDetermination, statuses: dict[str, Assessment], place: str
    ) -> Iterable[Problem]:
        if not override.criterion:
            kinds = {reason.kind for reason in determined.reasons if reason.about not in statuses}
            if override.reason_kind and override.reason_kind not in kinds:
                no_reason = f"The request has no reason of the kind {local_name(override.reason_kind)} that is no criterion."
                yield Problem("review-unknown-ground", place, no_reason, known_grounds(determined))
            return
        assessed = statuses.get(override.criterion)
        if assessed is None:
            foreign = f"The criterion {local_name(override.criterion)} does not belong to this request."
            yield Problem("review-unknown-ground", place, foreign, known_grounds(determined))
        elif override.recommended_status != assessed.status:
            yield Problem("review-altered", place, "The status before is not that of the determination.", _AS_WRITTEN)
        elif override.status == assessed.status:
            same = f"The criterion {local_name(override.criterion)} is {local_name(assessed.status)} already, so nothing is overridden."
            yield Problem("review-same-status", place, same, "State what you find instead, or leave the override out.")

    def _decision(self, request: RequestReview, determined: RequestDetermination, place: str) -> Iterable[Problem]:
        ontology, label = self.knowledge.ontology, self.knowledge.vocabulary.label
        if not request.decision:
            return  # the shapes have said so
        if self.determination.stage not in ontology.nodes(request.decision, MTUS + "isDecidedAt"):
            decidable = sorted(local_name(d) for d in ontology.subjects(MTUS + "isDecidedAt", self.determination.stage))
            elsewhere = f"“{label(request.decision)}” is no decision of a reviewer at this stage: {label(self.determination.stage)}."
            yield Problem("review-decision-stage", place, elsewhere, f"The decisions at this stage are: {', '.join(decidable)}.")
            return
        if determined.answer in ontology.nodes(request.decision, MTUS + "agreesWithAnswer"):
            yield from self._falls_with(request, determined, place)
            return
        open_grounds = [ground for ground in grounds_of(determined) if not ground.is_answered(request.overrides)]
        # what speaks for a request need not be answered one by one
        if open_grounds if determined.answer in _AGAINST else not request.overrides:
            decided, answer = label(request.decision), label(determined.answer)
            told = "; ".join(f"{ground.name} ({ground.reason.text.rstrip('.')})" for ground in open_grounds)
            why = f"“{decided}” is decided against the recommended answer “{answer}”, and its reasons are not answered: {told}."
            yield Problem("review-unanswered-reason", place, why, "Override each with a reason and the evidence seen, or agree.")

    def _falls_with(self, request: RequestReview, determined: RequestDetermination, place: str) -> Iterable[Problem]:
        """Yield where agreement rests on the answer for another request that the reviewer decides otherwise."""
        decided = {r.request: r for r in self.review.requests}
        for ground in grounds_of(determined):
            primary = decided.get(ground.reason.about)
            if local_name(ground.reason.kind) not in _THROUGH_ANOTHER or primary is None or ground.is_answered(request.overrides):
                continue
            answer = self.requests[primary.request].answer if primary.request in self.requests else ""
            if answer not in self.knowledge.ontology.nodes(primary.decision, MTUS + "agreesWithAnswer"):
                why = f"The answer rests on that for request {self.number[primary.request]}, which you decide otherwise."
                remedy = f"Decide this request by itself, and override its reason: {ground.name}."
                yield Problem("review-falls-with", place, why, remedy)


_AS_WRITTEN = "Use the review as `mtus review` wrote it, or make a new one."
# Answers whose reasons speak against the request or leave it open: each reason relied on has to be answered.
_AGAINST = tuple(f"{BASE}answer/{name}" for name in ("not-supported", "not-addressed", "indeterminate"))


def reviewed_day(text: str) -> date | None:
    """Return the day of an ISO date or date-time (seconds included; ``Z`` or an offset may follow), or None where it is none."""
    try:
        if len(text) == len("2015-10-02"):
            return date.fromisoformat(text) if text[4] == text[7] == "-" else None
        return datetime.fromisoformat(text).date() if len(text) >= len("2015-10-02T14:30:00") and text[10] == "T" else None
    except ValueError:
        return None
