"""The arithmetic of progress billing, exact to the smallest unit of a currency; pure Python, without records.

Amounts come and go as floats, as records keep them; within, they are decimal numbers, so that 12.5 % of 10,000.01 is what
a person with pencil and paper gets. Halves are rounded away from zero, as core's currencies do.
"""

from decimal import ROUND_HALF_UP, Decimal

# Hundredths of a per cent: the finest step of a percentage, and of the quantity of a line that is sold as 100.
PERCENT_STEP = 0.01


def to_decimal(number):
    """Return a float as the decimal number that people read.

    >>> to_decimal(0.1) + to_decimal(0.2)
    Decimal('0.3')
    """
    return Decimal(repr(float(number)))


def round_to(amount, step):
    """Return a decimal number rounded to a multiple of a step (float).

    >>> round_to(Decimal("2.675"), 0.01), round_to(Decimal("-0.5"), 1.0), round_to(Decimal("1.03"), 0.05)
    (Decimal('2.68'), Decimal('-1.0'), Decimal('1.05'))
    """
    step = to_decimal(step)
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def add(amounts, step):
    """Return the sum of floats, without what binary fractions add to it.

    >>> add([0.1, 0.2], 0.01)
    0.3
    """
    return float(round_to(sum(map(to_decimal, amounts), Decimal(0)), step))


def get_share(total, percent, step):
    """Return a percentage of a total.

    >>> get_share(10000.01, 12.5, 0.01), get_share(1001.0, 12.5, 1.0), get_share(-0.01, 50.0, 0.01)
    (1250.0, 125.0, -0.01)
    """
    return float(round_to(to_decimal(total) * to_decimal(percent) / 100, step))


def get_percent(part, total):
    """Return what part of a total an amount is, in per cent with two decimals; 100 of a total of nothing.

    >>> get_percent(3333.34, 10000.01), get_percent(0.0, 0.0)
    (33.33, 100.0)
    """
    if not total:
        return 100.0
    return float(round_to(to_decimal(part) * 100 / to_decimal(total), PERCENT_STEP))


def split(total, percents, step, settled=0.0, settled_percent=0.0):
    """Return the shares of a total, one for each percentage, so that what is rounded off one is added to the next.

    To date each sum is the rounded share of the total; where the percentages end at 100, the last share takes what is left.

    :param settled: amount of the total that is given already, for ``settled_percent`` of it

    >>> split(100.0, [33.33, 33.33, 33.34], 0.01)
    [33.33, 33.33, 33.34]
    >>> split(0.01, [33.33, 33.33, 33.34], 0.01)
    [0.0, 0.01, 0.0]
    >>> split(10000.01, [12.5, 87.5], 0.01)
    [1250.0, 8750.01]
    >>> split(100.0, [50.0], 0.01, settled=50.01, settled_percent=50.0)
    [49.99]
    """
    shares, given, percent_to_date = [], to_decimal(settled), to_decimal(settled_percent)
    for percent in percents:
        percent_to_date += to_decimal(percent)
        due = round_to(to_decimal(total) * percent_to_date / 100, step)
        shares.append(float(due - given))
        given = due
    return shares


def get_line(amount, percent):
    """Return (quantity, unit price) of an invoice line of an amount, whose quantity are the points of a percentage.

    A price is never negative (EN 16931-1, BR-27): what is given back has a negative quantity.

    >>> get_line(1250.0, 12.5), get_line(-62.5, 0.63), get_line(0.01, 0.0), get_line(0.0, 3.0)
    ((12.5, 100.0), (-0.63, 99.2063492063492), (0.01, 1.0), (3.0, 0.0))
    """
    quantity = max(float(round_to(abs(to_decimal(percent)), PERCENT_STEP)), PERCENT_STEP)
    return (-quantity if amount < 0 else quantity), abs(amount) / quantity


def get_deposit(deposit, deducted, net, percent_to_date, step, *, at_once):
    """Return what a certificate deducts of a deposit.

    :param deposit: what was paid in advance
    :param deducted: what earlier certificates have deducted of it
    :param net: what there is to pay for this certificate before
    :param percent_to_date: of the contract that is completed with it; at 100 all that is left is deducted
    :param at_once: as much as there is to pay, else the same part of the deposit as is completed of the contract

    >>> get_deposit(1000.0, 0.0, 2850.0, 30.0, 0.01, at_once=False)
    300.0
    >>> get_deposit(1000.0, 300.0, 500.0, 100.0, 0.01, at_once=False)
    500.0
    >>> get_deposit(1000.0, 0.0, 600.0, 10.0, 0.01, at_once=True)
    600.0
    >>> get_deposit(1000.0, 300.0, -500.0, 25.0, 0.01, at_once=False)
    -50.0
    """
    due = deposit if at_once else get_share(deposit, min(max(percent_to_date, 0.0), 100.0), step)
    wanted = add([due, -deducted], step)
    if wanted < 0:
        return max(wanted, min(net, 0.0))
    return max(min(wanted, net), 0.0)
