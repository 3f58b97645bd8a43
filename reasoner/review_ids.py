"""The identifiers of a review and its parts: worked out from what it says, so that the same review has the same ones."""

import hashlib
from dataclasses import replace

from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_json import dumps, object_of
from mtus.reasoner.review import REVIEW, Override, RequestReview, SignedReview


def with_ids(review: SignedReview) -> SignedReview:
    """Return ``review`` with the identifiers that follow from the rest of it."""
    identifier = REVIEW + hashlib.sha256(dumps(object_of(_named(review, ""))).encode()).hexdigest()[:32]
    return _named(review, identifier)


def _named(review: SignedReview, identifier: str) -> SignedReview:
    requests = tuple(_request(request, f"{identifier}/on-{local_name(request.request)}") for request in review.requests)
    return replace(review, id=identifier, reviewer=replace(review.reviewer, id=f"{identifier}/reviewer"), requests=requests)


def _request(request: RequestReview, identifier: str) -> RequestReview:
    return replace(request, id=identifier, overrides=tuple(_override(override, identifier) for override in request.overrides))


def _override(override: Override, parent: str) -> Override:
    return replace(override, id=f"{parent}/{local_name(override.criterion or override.reason_kind)}")
