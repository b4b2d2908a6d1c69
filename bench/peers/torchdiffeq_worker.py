"""FFJORD on torchdiffeq: state (z, log p), adjoint solve, trace by automatic differentiation.

Two things differ from FFJORD's code, both faster: the trace keeps no graph where nothing will be
differentiated again, and probes are given instead of drawn. Traces by forward mode (torch.func.jvp)
were tried: 1.4 to 5 times slower.
"""

import importlib.metadata
import sys
from dataclasses import dataclass

import numpy as np
import torch
import torchdiffeq

import torchdiffeq_solve
import worker
import workloads

ACTIVATIONS = {"tanh": torch.tanh, "softplus": torch.nn.functional.softplus}


class Field(torch.nn.Module):
    """FFJORD's concatsquash network with the divergence beside it; counts its evaluations."""

    def __init__(self, work):
        super().__init__()
        self.parts = torch.nn.ParameterList(
            torch.nn.Parameter(torch.from_numpy(part)) for layer in work.weights for part in layer
        )
        self.activation = ACTIVATIONS[work.activation]
        self.probes = None
        self.evaluations = 0

    def network(self, t, z):
        """dz/dt."""
        count = len(self.parts) // 5
        t = t.reshape(1, 1)
        for i in range(count):
            weight, bias, gate, gate_bias, drift = self.parts[5 * i : 5 * i + 5]
            gated = torch.sigmoid(torch.nn.functional.linear(t, gate, gate_bias))
            shift = torch.nn.functional.linear(t, drift)
            z = torch.nn.functional.linear(z, weight, bias) * gated + shift
            if i < count - 1:
                z = self.activation(z)
        return z

    def forward(self, t, state):
        """(dz/dt, d log p/dt); only dz/dt where the state has no log p."""
        self.evaluations += 1
        if len(state) == 1:
            return (self.network(t, state[0]),)
        # The adjoint differentiates the divergence; the solve from data to base does not.
        further = torch.is_grad_enabled()
        with torch.enable_grad():
            z = state[0].requires_grad_(True)
            dz = self.network(t, z)
            trace = self.divergence(dz, z, further)
        if not further:
            dz = dz.detach()
        return dz, -trace.reshape(-1, 1)

    def divergence(self, dz, z, further):
        """FFJORD's divergence_approx where there are probes, else its divergence_bf."""
        if self.probes is not None:
            (product,) = torch.autograd.grad(dz, z, self.probes, create_graph=further)
            return (product * self.probes).sum(1)
        trace = 0
        for i in range(z.shape[1]):
            last = i == z.shape[1] - 1
            (row,) = torch.autograd.grad(
                dz[:, i].sum(), z, create_graph=further, retain_graph=further or not last
            )
            trace = trace + row[:, i]
        return trace


@dataclass
class Result:
    """Figures, and arrays to be saved."""

    figures: dict
    arrays: object

    def answer(self):
        return self.figures

    def tensors(self):
        return {k: v.detach().double().numpy().copy() for k, v in self.arrays().items()}


class Loaded:
    """A workload with one set of weights."""

    def __init__(self, adjoint_options, folder, weights, dtype, tolerance, _):
        self.work = workloads.load(folder, weights, dtype, tolerance)
        self.adjoint_options = adjoint_options
        self.field = Field(self.work)
        self.times = torch.tensor([0.0, self.work.end_time], dtype=getattr(torch, dtype))

        def tensor(array):
            return None if array is None else torch.from_numpy(array)

        self.batch, self.probes = tensor(self.work.batch), tensor(self.work.probes)
        self.scored, self.base = tensor(self.work.scored), tensor(self.work.base)

    def information(self):
        """What computes, for the report."""
        version = importlib.metadata.version("torchdiffeq")
        return {
            "version": f"torch {torch.__version__}, torchdiffeq {version}",
            "threads": torch.get_num_threads(),
        }

    def options(self):
        return {"rtol": self.work.tolerance, "atol": self.work.tolerance, "method": "dopri5"}

    def start(self, rows, exact):
        self.field.evaluations = 0
        self.field.probes = None if exact else self.probes
        return rows, torch.zeros(len(rows), 1, dtype=rows.dtype)

    def log_prob(self, z, change):
        """Log-density of data, from where the solve has ended."""
        normal = -0.5 * (z.square().sum(1) + z.shape[1] * np.log(2 * np.pi))
        return normal - change.reshape(-1)

    def gradient(self):
        """Loss and gradient of the batch."""
        field = self.field
        field.zero_grad(set_to_none=True)
        state = self.start(self.batch, self.work.exact_gradient)
        z, change = torchdiffeq.odeint_adjoint(
            field, state, self.times, adjoint_options=self.adjoint_options, **self.options()
        )
        forward = field.evaluations
        loss = -self.log_prob(z[1], change[1]).mean()
        loss.backward()
        names = sum(workloads.part_names(len(self.work.weights)), [])
        return Result(
            {
                "loss": loss.item(),
                "forward": forward,
                "backward": field.evaluations - forward,
            },
            lambda: {name: part.grad for name, part in zip(names, field.parts)},
        )

    @torch.no_grad()
    def score(self, chunk):
        """Log-densities of the rows that are scored."""
        scores, evaluations = [], 0
        for rows in self.scored.split(chunk):
            state = self.start(rows, self.work.exact_score)
            z, change = torchdiffeq.odeint(self.field, state, self.times, **self.options())
            scores.append(self.log_prob(z[1], change[1]).reshape(-1, 1))
            evaluations += self.field.evaluations
        return Result({"forward": evaluations}, lambda: {"scores": torch.cat(scores)})

    @torch.no_grad()
    def sample(self, chunk):
        """Data from base points."""
        self.field.evaluations = 0
        samples = []
        for rows in self.base.split(chunk):
            (z,) = torchdiffeq.odeint(
                self.field, (rows,), self.times.flip(0), **self.options()
            )
            samples.append(z[1])
        return Result(
            {"forward": self.field.evaluations}, lambda: {"samples": torch.cat(samples)}
        )

    def solve(self, request):
        """The batch by one method; see torchdiffeq_solve.py."""
        return Result(*torchdiffeq_solve.solve(self, request))


if __name__ == "__main__":
    norm = {"norm": "seminorm"} if "--seminorm" in sys.argv else None
    worker.serve(lambda *request: Loaded(norm, *request), torch.set_num_threads)
