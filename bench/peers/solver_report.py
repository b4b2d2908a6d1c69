"""Tables of solves: references beside each other, evaluations at equal error."""

import equal_error
import libraries
from report import ratio, table

# How far references of libraries may be from each other.
AGREEMENT = 1e-9
PEERS = (libraries.TORCHDIFFEQ, libraries.DIFFRAX)


def references(off):
    """How far the references of other libraries are from fjord's."""
    rows = [
        [problem, mode, f"{library} {method}", f"{error:.1e}"]
        for problem, mode, library, method, error in off
    ]
    return table(["problem", "mode", "reference", "relative difference from fjord dopri853"], rows)


def comparison(found):
    """A table of evaluations at equal error, and what is above the limit."""
    rows, above = [], []
    for (problem, mode, method), curves in found.items():
        if libraries.FJORD not in curves or len(curves) < 2:
            continue
        for target in equal_error.TARGETS:
            needed = {
                library: equal_error.evaluations_at(points, target)
                for library, points in curves.items()
            }
            own = needed.get(libraries.FJORD)
            peers = {p: needed[p] for p in PEERS if needed.get(p)}
            if own is None or not peers:
                continue
            row = [problem, mode, method, f"{target:.0e}", f"{own:.0f}"]
            row += [f"{peers[p]:.0f}" if p in peers else "" for p in PEERS]
            row += [ratio(own / peers[p]) if p in peers else "" for p in PEERS]
            rows.append(row)
            least = min(peers.values())
            if method == "dopri5" and mode == "forward" and own > equal_error.LIMIT * least:
                above.append(f"{problem}, {method} at {target:.0e}: {own:.0f} and {least:.0f}")
    header = ["problem", "mode", "method", "error", "fjord", *PEERS]
    return table(header + [f"fjord / {p}" for p in PEERS], rows), above


def report(rows, off):
    """(Markdown, what does not hold)."""
    text, above = comparison(equal_error.curves(rows))
    failures = [f"references disagree: {entry}" for entry in off if entry[-1] > AGREEMENT]
    failures += [f"more evaluations than {equal_error.LIMIT} x a peer's: {a}" for a in above]
    return "\n".join(references(off) + text), failures
