"""A process that matches torchcfm's tutorial network as it is asked to.

A line of the input is a JSON object, and so is the answer: {"do": "load", "transport": false,
"threads": 1} makes the network, three layers of 64 with SELU, and says its size; {"do": "train",
"steps": 1000} matches eight normals to two moons with batches of 256 and Adam, and says the
processor's seconds and the last loss; {"do": "sample", "points": 10000} carries points by torchdiffeq's dopri5 at 1e-4.
Flow matchers are torchcfm's. Points are drawn as arrays, where the tutorial draws them one by one.
"""

import json
import math
import sys
import time

import numpy as np
import torch
import torchdiffeq
from torchcfm.conditional_flow_matching import (
    ConditionalFlowMatcher,
    ExactOptimalTransportConditionalFlowMatcher,
)

BATCH = 256
TOLERANCE = 1e-4


def eight_gaussians(n):
    """The source."""
    angles = torch.randint(8, (n,)) * (math.pi / 4)
    centres = 5 * torch.stack([torch.cos(angles), torch.sin(angles)], 1)
    return centres + 0.1**0.25 * torch.randn(n, 2)


def moons(n):
    """The data, as torchdyn makes them."""
    angles = np.linspace(0, np.pi, n // 2)
    outer = np.stack([np.cos(angles), np.sin(angles)], 1)
    inner = np.stack([1 - np.cos(angles), 0.5 - np.sin(angles)], 1)
    rows = np.concatenate([outer, inner]) + 0.2 * np.random.rand(n, 1)
    return torch.tensor(3 * rows - 1, dtype=torch.float32)


class Matching:
    """The network and its flow matcher."""

    def __init__(self, transport):
        torch.manual_seed(0)
        np.random.seed(0)
        layers, width = [], 3
        for size in (64, 64, 64):
            layers += [torch.nn.Linear(width, size), torch.nn.SELU()]
            width = size
        self.net = torch.nn.Sequential(*layers, torch.nn.Linear(width, 2))
        matcher = ExactOptimalTransportConditionalFlowMatcher if transport else ConditionalFlowMatcher
        self.matcher = matcher(sigma=0.0)

    def train(self, steps):
        """Trains, and returns the last loss."""
        optimizer = torch.optim.Adam(self.net.parameters())
        loss = None
        for _ in range(steps):
            optimizer.zero_grad()
            t, xt, ut = self.matcher.sample_location_and_conditional_flow(
                eight_gaussians(BATCH), moons(BATCH)
            )
            vt = self.net(torch.cat([xt, t[:, None]], dim=-1))
            loss = torch.mean((vt - ut) ** 2)
            loss.backward()
            optimizer.step()
        return loss.item()

    @torch.no_grad()
    def sample(self, source):
        """Carries points."""

        def field(t, x):
            return self.net(torch.cat([x, t.expand(len(x), 1)], dim=-1))

        times = torch.tensor([0.0, 1.0])
        return torchdiffeq.odeint(
            field, source, times, rtol=TOLERANCE, atol=TOLERANCE, method="dopri5"
        )[-1]


def main():
    """Answers until the input ends."""
    model = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            torch.set_num_threads(request["threads"])
            model = Matching(request["transport"])
            answer = {
                "version": f"torch {torch.__version__}, torchdiffeq {torchdiffeq.__version__}",
                "parameters": sum(p.numel() for p in model.net.parameters()),
            }
        elif request["do"] == "train":
            start = time.process_time()
            loss = model.train(request["steps"])
            answer = {"seconds": [time.process_time() - start], "loss": loss}
        else:
            source = eight_gaussians(request["points"])
            start = time.process_time()
            rows = model.sample(source)
            answer = {"seconds": [time.process_time() - start], "rows": len(rows)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
