"""Make the review of a determination from a filled form: names resolved, what had been recommended put beside, everything checked."""

from collections.abc import Sequence

from mtus.reasoner.errors import ReviewError, review_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, STATUS, local_name
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.review import (
    AGREED,
    DISPOSITION,
    OVERRIDDEN,
    REVIEWER_ROLE,
    Override,
    RequestReview,
    Reviewer,
    SignedReview,
)
from mtus.reasoner.review_check import check_review
from mtus.reasoner.review_form import Form, FormOverride, FormRequest
from mtus.reasoner.review_grounds import grounds_of, known_grounds
from mtus.reasoner.review_ids import with_ids
from mtus.reasoner.trace import Determination, RequestDetermination


def make_review(determination: Determination, form: Form, knowledge: Knowledge, name: str) -> SignedReview:
    """Return the review of ``determination`` that ``form`` stands for; the same form gives the same review.

    ``name`` is what errors call the form. Raises :class:`ReviewError` with everything that is wrong; nothing is signed then.
    """
    review = with_ids(_Maker(determination, knowledge, name).review(form))
    check_review(review, determination, knowledge, name)
    return review


class _Maker:
    def __init__(self, determination: Determination, knowledge: Knowledge, name: str) -> None:
        self.determination = determination
        self.knowledge = knowledge
        self.name = name
        self.numbered = {str(n): request for n, request in enumerate(determination.requests, 1)}

    def review(self, form: Form) -> SignedReview:
        decided: dict[str, FormRequest] = {}
        for own in form.requests:
            determined = self._named(own.request)
            if determined.request in decided:
                raise review_error("review-unknown-request", f"{self.name}, {own.request}", "The request is decided twice.", self._known())
            decided[determined.request] = own
        if form.agrees_with_rest:
            decided = {request.request: FormRequest("") for request in self.determination.requests} | decided
        requests = tuple(
            self._request(determined, decided[determined.request], form)
            for determined in self.determination.requests
            if determined.request in decided
        )
        return SignedReview(
            id="",
            determination=form.determination or self.determination.id,
            determination_digest=form.digest or determination_digest(self.determination),
            reviewer=Reviewer("", form.name.strip(), _value(REVIEWER_ROLE, form.role), _set(form.licence_states), _set(form.specialties)),
            reviewed_at=form.reviewed_at.strip(),
            requests=requests,
            outcome=OVERRIDDEN if any(request.overrides for request in requests) else AGREED,
        )

    def _named(self, given: str) -> RequestDetermination:
        """Return the request that people call ``given``: its number in the letter, its id, or its IRI."""
        for number, request in self.numbered.items():
            if given in (number, local_name(request.request), request.request):
                return request
        why = f"The determination has no request '{given[:80]}'."
        raise review_error("review-unknown-request", self.name, why, self._known())

    def _known(self) -> str:
        return f"The requests are: {'; '.join(f'{n} {local_name(request.request)}' for n, request in self.numbered.items())}."

    def _request(self, determined: RequestDetermination, own: FormRequest, form: Form) -> RequestReview:
        overrides = self._in_order(determined, [self._override(determined, override) for override in own.overrides])
        return RequestReview(
            id="",
            request=determined.request,
            recommended_answer=determined.answer,
            recommended_disposition=determined.disposition,
            outcome=OVERRIDDEN if overrides else AGREED,
            decision=_value(DISPOSITION, own.decision) if own.decision else self._recommended(determined, form),
            approved_part=own.approved_part.strip(),
            overrides=overrides,
        )

    def _recommended(self, determined: RequestDetermination, form: Form) -> str:
        """Return the disposition that had been recommended, where it is a decision and no referral to the reviewer."""
        ontology, stage = self.knowledge.ontology, self.determination.stage
        if stage in ontology.nodes(determined.disposition, MTUS + "isDecidedAt"):
            return determined.disposition
        decidable = sorted(local_name(d) for d in ontology.subjects(MTUS + "isDecidedAt", stage))
        number = next(n for n, request in self.numbered.items() if request is determined)
        why = (
            f"The recommendation is “{self.knowledge.vocabulary.label(determined.disposition)}”, which leaves the decision to the reviewer."
        )
        raise review_error("review-decision-missing", f"{self.name}, {local_name(determined.request)}", why,
                         f"State what you decide, with --decide {number}=… and one of: {', '.join(decidable)}.")  # fmt: skip

    def _override(self, determined: RequestDetermination, own: FormOverride) -> Override:
        statuses = {a.criterion: a.status for a in all_assessments(determined)}
        kinds = {ground.reason.kind for ground in grounds_of(determined) if ground.reason.kind in ground.answered_by}
        given, evidence = own.criterion or own.reason_kind, _set(own.evidence)
        criterion = next((iri for iri in statuses if own.criterion and own.criterion in (iri, local_name(iri))), "")
        if criterion:
            return Override("", criterion, "", statuses[criterion], _value(STATUS, own.status), own.reason.strip(), evidence)
        kind = next((iri for iri in kinds if given in (iri, local_name(iri))), "")
        if kind:
            return Override("", "", kind, "", _value(STATUS, own.status), own.reason.strip(), evidence)
        raise self._unknown_ground(determined, given)

    def _unknown_ground(self, determined: RequestDetermination, given: str) -> ReviewError:
        why = f"'{given[:80]}' is no criterion of this request." if given else "An override names no criterion."
        return review_error("review-unknown-ground", f"{self.name}, {local_name(determined.request)}", why, known_grounds(determined))

    def _in_order(self, determined: RequestDetermination, overrides: Sequence[Override]) -> tuple[Override, ...]:
        """Return ``overrides`` in the order of the trace, so that the order of the form does not matter."""
        order = list(dict.fromkeys(a.criterion for a in all_assessments(determined)))
        named = [override.criterion or override.reason_kind for override in overrides]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice:
            raise review_error("review-overridden-twice", f"{self.name}, {local_name(determined.request)}",
                             f"{local_name(twice)} is overridden twice.", "State one override for each criterion.")  # fmt: skip
        places = {iri: n for n, iri in enumerate(order)}
        return tuple(sorted(overrides, key=lambda o: (places.get(o.criterion, len(order)), o.reason_kind)))


def _value(vocabulary: str, given: str) -> str:
    """Return the value of ``vocabulary`` that is called ``given``, empty for nothing; whether there is one, the shapes check."""
    text = given.strip()
    return vocabulary + text if text and "/" not in text else text


def _set(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({text.strip() for text in texts if text.strip()}))
