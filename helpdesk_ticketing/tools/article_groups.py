def join_pairs(pairs):
    """Return the groups that pairs make, the biggest first.

    >>> join_pairs([(1, 2), (3, 4), (2, 5)])
    [[1, 2, 5], [3, 4]]
    """
    parent = {}

    def root(item):
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in pairs:
        parent[root(other)] = root(one)
    groups = {}
    for item in parent:
        groups.setdefault(root(item), []).append(item)
    return sorted((sorted(group) for group in groups.values()), key=lambda group: (-len(group), group))
