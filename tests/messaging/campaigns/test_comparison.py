"""Which of two texts did better: only where it is no chance."""

import random

import pytest

from messaging.campaigns.comparison import Share, better, difference, enough


@pytest.mark.parametrize(
    ("first", "second", "z"),
    [
        # By hand: p = 0.5, error = sqrt(0.25 · 2 / 100) = 0.0707.
        (Share(55, 100), Share(45, 100), 1.4142),
        (Share(60, 100), Share(40, 100), 2.8284),
        # Fleiss, Statistical Methods: 15 of 100 against 30 of 200 differ by nothing.
        (Share(15, 100), Share(30, 200), 0.0),
    ],
)
def test_z(first: Share, second: Share, z: float) -> None:
    assert difference(first, second) == pytest.approx(z, abs=1e-4)
    assert difference(second, first) == pytest.approx(-z, abs=1e-4)


def test_which_is_better() -> None:
    assert better(Share(60, 100), Share(40, 100)) == 0
    assert better(Share(40, 100), Share(60, 100)) == 1
    assert better(Share(55, 100), Share(45, 100)) is None, "may be chance"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Share(9, 10), Share(1, 10)),
        (Share(0, 0), Share(100, 100)),
        (Share(0, 0), Share(0, 0)),
        (Share(1, 1000), Share(9, 40)),  # hardly any hits to expect of the forty
    ],
)
def test_too_few_to_tell(first: Share, second: Share) -> None:
    assert not enough(first, second)
    assert better(first, second) is None


def test_no_difference_at_all_is_none() -> None:
    for share in (Share(0, 100), Share(100, 100)):
        assert enough(share, share)
        assert better(share, share) is None


def test_it_is_wrong_once_in_twenty() -> None:
    """Two texts that are alike: the share of verdicts is what the name of the test promises."""
    chance = random.Random(7)
    rounds = 2_000
    verdicts = 0
    for _ in range(rounds):
        one, two = (Share(sum(chance.random() < 0.3 for _ in range(200)), 200) for _ in range(2))
        verdicts += better(one, two) is not None
    assert 0.03 < verdicts / rounds < 0.07


def test_percent() -> None:
    assert Share(1, 4).percent == 25
    assert Share(0, 0).percent is None
