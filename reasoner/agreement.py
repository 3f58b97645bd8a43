"""Measures of agreement between two raters: plain agreement, balanced accuracy and Cohen's kappa, each with what it is worth.

Pure functions over pairs of words (what the first rater said, what the second said). The first rater is the reference. A measure
that cannot be worked out says why; it is never 0 or not-a-number instead. Intervals are of 95 %.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

# The quantile of the normal distribution for two-sided intervals of 95 %.
Z: Final = 1.959963984540054
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Estimate:
    """A measure: its value and its interval of 95 %; ``low`` and ``high`` are None where no interval can be given."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Undefined:
    """A measure that these pairs do not define, and why."""

    why: str


Measure = Estimate | Undefined


def proportion(successes: int, count: int) -> Measure:
    """Return ``successes`` of ``count`` with the interval of Wilson (1927), which is sound for small counts too."""
    if count == 0:
        return Undefined("there is nothing to compare")
    p, z2 = successes / count, Z * Z
    centre, spread = p + z2 / (2 * count), Z * sqrt(p * (1 - p) / count + z2 / (4 * count * count))
    scale = 1 + z2 / count
    # at the ends the bound is exact, and rounding must not leave the value outside
    return Estimate(p, 0.0 if successes == 0 else (centre - spread) / scale, 1.0 if successes == count else (centre + spread) / scale)


def balanced_accuracy(pairs: Pairs) -> Measure:
    """Return the mean, over the words of the reference, of the share that the second rater found of each.

    The interval combines those of Wilson for each share (the method of variance estimates recovery, Zou and Donner 2008).
    Undefined where the reference has fewer than two words: there is nothing to balance.
    """
    totals = Counter(first for first, _ in pairs)
    if len(totals) < 2:
        return Undefined(_one_class(totals))
    found = Counter(first for first, second in pairs if first == second)
    shares = [share for word in sorted(totals) if isinstance(share := proportion(found[word], totals[word]), Estimate)]
    value = sum(share.value for share in shares) / len(shares)
    below = sqrt(sum((share.value - share.low) ** 2 for share in shares if share.low is not None)) / len(shares)
    above = sqrt(sum((share.high - share.value) ** 2 for share in shares if share.high is not None)) / len(shares)
    return Estimate(value, max(0.0, value - below), min(1.0, value + above))


def cohens_kappa(pairs: Pairs) -> Measure:
    """Return by how much agreement exceeds what chance would give (Cohen 1960).

    The interval is that of Fleiss, Cohen and Everitt (1969), for large samples; it is left out where its formula gives no width.
    Undefined where the reference has fewer than two words: kappa would be 0, or 0 divided by 0, whatever the second rater said.
    """
    count, rows = len(pairs), Counter(first for first, _ in pairs)
    if len(rows) < 2:
        return Undefined(_one_class(rows))
    columns = Counter(second for _, second in pairs)
    cells = Counter(pairs)
    words = sorted({*rows, *columns})
    observed = sum(cells[word, word] for word in words) / count
    expected = sum(rows[word] * columns[word] for word in words) / count**2
    kappa = (observed - expected) / (1 - expected)
    agreeing = sum(cells[w, w] / count * (1 - (rows[w] + columns[w]) / count * (1 - kappa)) ** 2 for w in words)
    differing = sum(cells[v, w] / count * ((columns[v] + rows[w]) / count) ** 2 for v in words for w in words if v != w)
    variance = agreeing + (1 - kappa) ** 2 * differing - (kappa - expected * (1 - kappa)) ** 2
    width = Z * sqrt(max(0.0, variance) / count) / (1 - expected)
    if width < 1e-6:
        return Estimate(kappa, None, None)
    return Estimate(kappa, max(-1.0, kappa - width), min(1.0, kappa + width))


def _one_class(totals: Counter[str]) -> str:
    if not totals:
        return "there is nothing to compare"
    ((word, count),) = totals.items()
    every = "the one decision is" if count == 1 else f"all {count} decisions are"
    return f"{every} “{word}”, and with a single outcome there is nothing to tell apart"
