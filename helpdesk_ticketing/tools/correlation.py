"""Rank correlations: how strong, how sure, and whether they say anything."""

import math

FEW, UNCLEAR, WEAK, CLEAR = "few", "unclear", "weak", "clear"
# Below, the interval of a rank correlation can't be trusted (Bonett and Wright tried 25 and more).
ENOUGH = 30
# Cohen's "small" ends, and his "medium" begins, at 0.3.
MEDIUM = 0.3
Z95 = 1.959964


def get_rank_correlation(counts):
    """Return Spearman's coefficient: Pearson's of the ranks, where equal values share the mean of theirs.

    :param dict counts: {(value, score): how many}
    :return: None where one of both never changes

    >>> get_rank_correlation({(1, 7): 2, (2, 5): 1, (9, 1): 3})
    -1.0
    >>> round(get_rank_correlation({(1, 1): 1, (2, 3): 1, (3, 2): 1, (3, 4): 2}), 4)
    0.6882
    >>> get_rank_correlation({(1, 1): 5, (1, 3): 5}) is None
    True
    """
    total = sum(counts.values())
    ranks = [_get_ranks(counts, position) for position in (0, 1)]
    middle = (total + 1) / 2
    both = squares = other = 0.0
    for (value, score), count in counts.items():
        x, y = ranks[0][value] - middle, ranks[1][score] - middle
        both, squares, other = both + count * x * y, squares + count * x * x, other + count * y * y
    return both / math.sqrt(squares * other) if squares and other else None


def _get_ranks(counts, position):
    """Return {value: mean of the ranks of all that have it}."""
    numbers = {}
    for key, count in counts.items():
        numbers[key[position]] = numbers.get(key[position], 0) + count
    ranks, before = {}, 0
    for value in sorted(numbers):
        ranks[value] = before + (numbers[value] + 1) / 2
        before += numbers[value]
    return ranks


def get_interval(coefficient, count):
    """Return the 95 % interval of Spearman's coefficient.

    Fisher's transformation with the standard error of Bonett and Wright, "Sample size requirements for estimating
    Pearson, Kendall and Spearman correlations", Psychometrika 65 (2000).

    >>> [round(bound, 2) for bound in get_interval(0.5, 100)]
    [0.33, 0.64]
    >>> get_interval(1.0, 100)
    (1.0, 1.0)
    """
    if count <= 3:
        return (-1.0, 1.0)
    if abs(coefficient) >= 1:
        return (coefficient, coefficient)
    middle, half = math.atanh(coefficient), Z95 * math.sqrt((1 + coefficient**2 / 2) / (count - 3))
    return (math.tanh(middle - half), math.tanh(middle + half))


def get_verdict(coefficient, count):
    """Return what a coefficient says: nothing yet, nothing, a little, something.

    :param coefficient: None where one of both never changes

    >>> get_verdict(-0.6, 12), get_verdict(-0.1, 100), get_verdict(-0.2, 400), get_verdict(-0.6, 100)
    ('few', 'unclear', 'weak', 'clear')
    >>> get_verdict(None, 100)
    'unclear'
    """
    if count < ENOUGH:
        return FEW
    if coefficient is None:
        return UNCLEAR
    low, high = get_interval(coefficient, count)
    if low <= 0 <= high:
        return UNCLEAR
    return CLEAR if abs(coefficient) >= MEDIUM else WEAK
