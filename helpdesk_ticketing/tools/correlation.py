"""How sure a rank correlation is, and whether it says anything."""

import math

FEW, UNCLEAR, WEAK, CLEAR = "few", "unclear", "weak", "clear"
# Below, the interval of a rank correlation can't be trusted (Bonett and Wright tried 25 and more).
ENOUGH = 30
# Cohen's "small" ends, and his "medium" begins, at 0.3.
MEDIUM = 0.3
Z95 = 1.959964


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
