STEPS = {}


def step(weight=2, needs=None):
    """Register a method as something that people do: how often, and what there must be for it to make sense."""

    def register(method):
        STEPS[method.__name__] = (weight, needs or (lambda chain: True))
        return method

    return register
