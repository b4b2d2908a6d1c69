"""Trains a peer for a time on rows that `fjord compare --save-rows` wrote, and scores the test rows.

quality_worker.py FOLDER MODEL SECONDS [THREADS] prints one JSON object: steps, log-likelihood of the
test rows with its standard error, in the units of the rows. The models:
  zuko-nsf   zuko's neural spline flow as its tutorial makes it: three transforms, layers of 64, 64;
             zuko-nsf:5x256 has five, and layers of 256, 256
  zuko-maf   zuko's masked autoregressive flow, in the same way
  normal     a normal with full covariance, without training
  torchcfm   torchcfm's tutorial network, three layers of 64 with SELU, matched with exact optimal
             transport; log-densities by torchdiffeq's dopri5 with the exact trace

As fjord's: Adam whose rate falls along half a cosine over the time, at most fifty validations that
take at most a fifth of it, and the best parameters by them. One thread if
nothing is said. What is matched is validated by the loss of matching with
the same noise every time.
"""

import copy
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch

BATCH = 512
MATCHED = 256
VALIDATIONS = 50
SHARE = 0.2
FLOOR = 0.01
TOLERANCE = 1e-5
CHUNK = 2_000


def standard_normal(z):
    """Log-densities."""
    return -0.5 * (z**2).sum(-1) - 0.5 * z.shape[-1] * math.log(2 * math.pi)


class Discrete:
    """A flow of zuko's."""

    rate = 1e-3
    batch = BATCH

    def __init__(self, dim, name):
        import zuko

        kind, _, size = name.partition(":")
        transforms, width = map(int, (size or "3x64").split("x"))
        make = {"zuko-nsf": zuko.flows.NSF, "zuko-maf": zuko.flows.MAF}[kind]
        self.net = make(dim, transforms=transforms, hidden_features=(width, width))

    def loss(self, rows):
        """Mean negative log-density."""
        return -self.net().log_prob(rows).mean()

    validation = loss

    def log_prob(self, rows):
        """Of each row."""
        with torch.no_grad():
            return torch.cat([self.net().log_prob(part) for part in rows.split(CHUNK)])


class Matched:
    """torchcfm's tutorial."""

    rate = 1e-3
    batch = MATCHED

    def __init__(self, dim):
        from torchcfm.conditional_flow_matching import ExactOptimalTransportConditionalFlowMatcher

        layers, width = [], dim + 1
        for size in (64, 64, 64):
            layers += [torch.nn.Linear(width, size), torch.nn.SELU()]
            width = size
        self.net = torch.nn.Sequential(*layers, torch.nn.Linear(width, dim))
        self.matcher = ExactOptimalTransportConditionalFlowMatcher(sigma=0.0)

    def loss(self, rows):
        """Mean squared error of velocities."""
        t, x, u = self.matcher.sample_location_and_conditional_flow(torch.randn_like(rows), rows)
        return torch.mean((self.net(torch.cat([x, t[:, None]], -1)) - u) ** 2)

    def validation(self, rows):
        """The same for the same noise."""
        state, numpy_state = torch.get_rng_state(), np.random.get_state()
        torch.manual_seed(1)
        np.random.seed(1)
        loss = torch.stack([self.loss(part) for part in rows[:CHUNK].split(MATCHED)]).mean()
        torch.set_rng_state(state)
        np.random.set_state(numpy_state)
        return loss

    def log_prob(self, rows):
        """Of each row, from the data back to the normal."""
        return torch.cat([self.solved(part) for part in rows.split(CHUNK)])

    def solved(self, rows):
        """Of one part of the rows."""
        import torchdiffeq

        def velocity(x, t):
            return self.net(torch.cat([x, t.expand(1)], -1))

        jacobian = torch.func.vmap(torch.func.jacrev(velocity), in_dims=(0, None))

        def field(t, state):
            x = state[0]
            with torch.no_grad():
                v = self.net(torch.cat([x, t.expand(len(x), 1)], -1))
                trace = jacobian(x, t).diagonal(dim1=1, dim2=2).sum(-1)
            return v, trace

        times = torch.tensor([1.0, 0.0])
        z, change = torchdiffeq.odeint(
            field,
            (rows, torch.zeros(len(rows))),
            times,
            rtol=TOLERANCE,
            atol=TOLERANCE,
            method="dopri5",
        )
        return standard_normal(z[-1]) + change[-1]


def train(model, rows, validation, seconds):
    """Trains for a time; the steps."""
    optimizer = torch.optim.Adam(model.net.parameters(), lr=model.rate)
    best, kept = math.inf, copy.deepcopy(model.net.state_dict())
    start = time.perf_counter()
    validations, validating, steps = 0, 0, 0
    order, place = torch.randperm(len(rows)), 0
    size = min(model.batch, len(rows))
    while (gone := (time.perf_counter() - start) / seconds) < 1:
        factor = FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * gone))
        optimizer.param_groups[0]["lr"] = model.rate * factor
        if place + size > len(rows):
            order, place = torch.randperm(len(rows)), 0
        optimizer.zero_grad()
        model.loss(rows[order[place : place + size]]).backward()
        torch.nn.utils.clip_grad_norm_(model.net.parameters(), 10)
        optimizer.step()
        place, steps = place + size, steps + 1
        if gone >= validations / VALIDATIONS and validating <= SHARE * gone * seconds:
            validations += 1
            begin = time.perf_counter()
            with torch.no_grad():
                loss = model.validation(validation).item()
            if loss < best:
                best, kept = loss, copy.deepcopy(model.net.state_dict())
            validating += time.perf_counter() - begin
    model.net.load_state_dict(kept)
    return steps


def main():
    """Trains and prints."""
    folder, name, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    torch.manual_seed(0)
    np.random.seed(0)
    data = {part: np.load(folder / f"{part}.npy") for part in ("train", "validation", "test")}
    mean, deviation = data["train"].mean(0), data["train"].std(0)
    rows = {
        part: torch.tensor((x - mean) / deviation, dtype=torch.float32) for part, x in data.items()
    }
    if name == "normal":
        law = torch.distributions.MultivariateNormal(
            torch.zeros(rows["train"].shape[1]), torch.cov(rows["train"].T)
        )
        values = law.log_prob(rows["test"]).double() - np.log(deviation).sum()
        print(json.dumps({"steps": 0, "log_likelihood": values.mean().item()}))
        return
    dim = rows["train"].shape[1]
    model = Matched(dim) if name == "torchcfm" else Discrete(dim, name)
    steps = train(model, rows["train"], rows["validation"], seconds)
    log_prob = model.log_prob(rows["test"]).double() - np.log(deviation).sum()
    print(
        json.dumps(
            {
                "steps": steps,
                "log_likelihood": log_prob.mean().item(),
                "standard_error": log_prob.std().item() / math.sqrt(len(log_prob)),
            }
        )
    )


if __name__ == "__main__":
    main()
