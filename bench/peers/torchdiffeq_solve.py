"""One solve of a trained flow by torchdiffeq, with its evaluations counted in the field."""

import torch
import torchdiffeq

import workloads

# The names that csv files have for its methods. Its rk4 is the three-eighths rule.
METHODS = {
    "dopri5": "dopri5",
    "dopri8": "dopri8",
    "euler": "euler",
    "midpoint": "midpoint",
    "three-eighths": "rk4",
}
FIXED = ("euler", "midpoint", "three-eighths")
# The library's own option: parameters are no part of the adjoint's error norm.
SEMINORM = "-seminorm"


class Steps:
    """Counts steps of the solve forwards, by the callbacks that the kind of method has."""

    def __init__(self, field, fixed):
        self.accepted = self.rejected = 0
        known = {"callback_step": self.accept}
        if not fixed:
            known = {
                "callback_accept_step": self.accept,
                "callback_reject_step": self.reject,
            }
        for name in [name for name in vars(field) if name.startswith("callback_")]:
            delattr(field, name)
        for name, callback in known.items():
            setattr(field, name, callback)

    def accept(self, *_):
        self.accepted += 1

    def reject(self, *_):
        self.rejected += 1


def arguments(method, request):
    """What odeint is called with."""
    found = {"method": METHODS[method], "rtol": request["rtol"], "atol": request["atol"]}
    if method in FIXED:
        steps = request["steps"]
        found["options"] = {
            "grid_constructor": lambda _, y0, t: torch.linspace(
                t[0], t[-1], steps + 1, dtype=t.dtype
            )
        }
    return found


def solve(loaded, request):
    """(figures, arrays) of the end state with log-determinants, or of a gradient."""
    method = request["method"].removesuffix(SEMINORM)
    field, work = loaded.field, loaded.work
    options = arguments(method, request)
    state = loaded.start(loaded.batch, work.exact_score)
    steps = Steps(field, method in FIXED)
    if request["mode"] == "forward":
        with torch.no_grad():
            z, change = torchdiffeq.odeint(field, state, loaded.times, **options)
        arrays = {"state": z[1], "log_det": -change[1]}
    elif request["mode"] == "continuous":
        field.zero_grad(set_to_none=True)
        norm = {"norm": "seminorm"} if request["method"].endswith(SEMINORM) else None
        z, change = torchdiffeq.odeint_adjoint(
            field, state, loaded.times, adjoint_options=norm, **options
        )
        (-loaded.log_prob(z[1], change[1]).mean()).backward()
        names = sum(workloads.part_names(len(work.weights)), [])
        arrays = {name: part.grad.clone() for name, part in zip(names, field.parts)}
    else:
        raise ValueError(f"asked for a gradient that is {request['mode']}")
    figures = {
        "evaluations": field.evaluations,
        "accepted": steps.accepted,
        "rejected": steps.rejected,
    }
    return figures, lambda: arrays
