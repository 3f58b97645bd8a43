"""Measures of agreement against numbers worked by hand; the same formulas were held against scikit-learn 1.9 and statsmodels 0.15."""

import pytest

from mtus.reasoner.agreement import Estimate, Measure, Undefined, balanced_accuracy, cohens_kappa, proportion


def pairs(**cells: int) -> list[tuple[str, str]]:
    """Return the pairs of a table: ``uo=5`` stands for five where the first says u and the second o."""
    return [(name[0], name[1]) for name, count in cells.items() for _ in range(count)]


def value(measure: Measure) -> float:
    assert isinstance(measure, Estimate)
    return measure.value


def interval(measure: Measure) -> tuple[float | None, float | None]:
    assert isinstance(measure, Estimate)
    return measure.low, measure.high


# 3 of 3: low = n / (n + z²) = 3 / 6.8415. 0 of 5: high = z² / (n + z²) = 3.8415 / 8.8415.
# 1 of 2: (1/2 + z²/4 ± z √(1/8 + z²/16)) / (1 + z²/2) = (1.46036 ± 1.18426) / 2.92073.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(3, 3, 0.438503, 1.0), (0, 5, 0.0, 0.434482), (1, 2, 0.094531, 0.905469), (9, 10, 0.595850, 0.982124)],
)
def test_interval_of_a_proportion(part: int, whole: int, low: float, high: float) -> None:
    found = proportion(part, whole)
    assert value(found) == part / whole
    assert interval(found) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


@pytest.mark.parametrize("count", range(1, 40))
def test_a_proportion_lies_in_its_interval(count: int) -> None:
    for part in range(count + 1):
        low, high = interval(proportion(part, count))
        assert low is not None
        assert high is not None
        assert 0 <= low <= part / count <= high <= 1


# Rows u 25 and o 25, columns u 30 and o 20: observed 35/50, expected (25·30 + 25·20)/2500 = 1/2, kappa (0.7 - 0.5)/0.5.
# Its variance: (0.10972 + 0.10188 - 0.01) / (50 · 0.25) = 0.016128, so the interval is 0.4 ± 1.95996 · 0.126996.
TEXTBOOK = pairs(uu=20, uo=5, ou=10, oo=15)


def test_kappa_and_its_interval() -> None:
    assert value(cohens_kappa(TEXTBOOK)) == pytest.approx(0.4)
    assert interval(cohens_kappa(TEXTBOOK)) == (pytest.approx(0.151092, abs=1e-6), pytest.approx(0.648908, abs=1e-6))


# Shares 20/25 with 0.608683 to 0.911394, and 15/25 with 0.407373 to 0.765969; half the root of the summed squares on each side.
def test_balanced_accuracy_and_its_interval() -> None:
    assert value(balanced_accuracy(TEXTBOOK)) == pytest.approx(0.7)
    assert interval(balanced_accuracy(TEXTBOOK)) == (pytest.approx(0.564265, abs=1e-6), pytest.approx(0.799942, abs=1e-6))


def test_always_the_same_answer_is_worth_nothing() -> None:
    """Nine of ten agree, and kappa and balanced accuracy are what chance gives: observed 0.9 is expected 0.9."""
    always = pairs(uu=18, ou=2)
    assert value(proportion(18, 20)) == 0.9
    assert value(cohens_kappa(always)) == pytest.approx(0.0)
    assert value(balanced_accuracy(always)) == 0.5


def test_full_agreement_on_two_outcomes() -> None:
    assert value(cohens_kappa(pairs(uu=8, oo=2))) == pytest.approx(1.0)
    assert value(balanced_accuracy(pairs(uu=8, oo=2))) == 1.0


def test_full_disagreement() -> None:
    """Nothing agrees where half would by chance: (0 - 0.5) / 0.5."""
    assert value(cohens_kappa(pairs(uo=5, ou=5))) == pytest.approx(-1.0)
    assert value(balanced_accuracy(pairs(uo=5, ou=5))) == 0.0


def test_a_word_that_only_the_second_rater_uses() -> None:
    """Rows u 7 and o 3, columns u 7, o 2 and open 1: kappa (0.8 - 0.55) / 0.45; shares 6/7 and 2/3."""
    found = [*pairs(uu=6, oo=2, ou=1), ("u", "open")]
    assert value(cohens_kappa(found)) == pytest.approx(5 / 9)
    assert value(balanced_accuracy(found)) == pytest.approx(16 / 21)


@pytest.mark.parametrize("found", [pairs(uu=8, oo=2), pairs(uu=18, ou=2)])
def test_no_interval_where_its_formula_gives_no_width(found: list[tuple[str, str]]) -> None:
    assert interval(cohens_kappa(found)) == (None, None)


@pytest.mark.parametrize("measure", [cohens_kappa, balanced_accuracy])
@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([], "there is nothing to compare"),
        (pairs(uu=1), "the one decision is “u”"),
        (pairs(uu=4), "all 4 decisions are “u”"),
        (pairs(uu=3, uo=1), "all 4 decisions are “u”"),
    ],
)
def test_undefined_with_its_reason(measure, found: list[tuple[str, str]], why: str) -> None:
    result = measure(found)
    assert isinstance(result, Undefined)
    assert why in result.why


def test_a_share_of_nothing_is_undefined() -> None:
    assert proportion(0, 0) == Undefined("there is nothing to compare")


def test_order_means_nothing() -> None:
    turned = list(reversed(TEXTBOOK))
    assert cohens_kappa(turned) == cohens_kappa(TEXTBOOK)
    assert balanced_accuracy(turned) == balanced_accuracy(TEXTBOOK)
