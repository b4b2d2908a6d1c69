"""How many evaluations libraries need for the same error, from the rows of a solver csv."""

import math
from collections import defaultdict

import libraries

TARGETS = tuple(10.0**-k for k in range(3, 10))
LIMIT = 1.10


def curves(rows):
    """{(problem, mode, method): {library: [(error, evaluations)]}} of adaptive methods."""
    found = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["rtol"] and 0 < row["error"] < math.inf:
            key = (row["problem"], row["mode"], row["method"])
            found[key][row["library"]].append((row["error"], row["evaluations"]))
    return found


def front(points):
    """The points that no other one with fewer evaluations is as exact as, by evaluations."""
    kept = []
    for evaluations, error in sorted((n, e) for e, n in points):
        if not kept or error < kept[-1][0]:
            if kept and kept[-1][1] == evaluations:
                kept.pop()
            kept.append((error, evaluations))
    return kept


def evaluations_at(points, target):
    """Evaluations for an error, between neighbours of the front in logarithms; None outside."""
    kept = front(points)
    for (above, fewer), (below, more) in zip(kept, kept[1:]):
        if below <= target <= above:
            part = math.log(above / target) / math.log(above / below)
            return math.exp((1 - part) * math.log(fewer) + part * math.log(more))
    return None
