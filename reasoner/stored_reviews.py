"""Reviews in a store: each is a graph of its own under its own name, beside the determination that it is of."""

from collections.abc import Iterable

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_review import review_statements
from mtus.reasoner.review import SignedReview
from mtus.reasoner.store import Store


def put_reviews(store: Store, reviews: Iterable[SignedReview], knowledge: Knowledge) -> None:
    """Store ``reviews``, all at once as far as the store can; one that is stored already stays as it is.

    The name of a review is a digest of what it says, and it has no blank nodes, so the same review is the same graph however often it is
    written. A review stays where its determination is replaced; queries find it with its determination or not at all.
    """
    graphs = {review.id: review_statements(review, knowledge) for review in reviews}
    if graphs:
        store.write(graphs)
