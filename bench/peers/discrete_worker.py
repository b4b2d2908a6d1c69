"""Discrete flows of zuko or nflows, trained as asked; the library's name is the argument.

Requests, one JSON object a line, as DiscreteWorker answers them for fjord:
  {"do": "load", "folder": with data.safetensors, "setting": {"flow", "layers", "hidden", "seed"}}
      -> {"version", "parameters": how many, "columns", "threads"}
  {"do": "step", "batch": rows, "times": n, "threads": how many or nothing} -> {"seconds": [...], "loss"}
  {"do": "fit", "steps", "batch", "rate", "clip", "threads"} -> {"seconds": [one], "train", "test"}:
      mean log-densities in nats of the rows trained on and of those held out
"""

import importlib.metadata
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

import worker

BINS, BOUND = 8, 5.0


def zuko_flow(kind, dim, layers, hidden):
    """A flow by zuko's names; two hidden layers with relu."""
    import zuko

    size = {"transforms": layers, "hidden_features": (hidden, hidden)}
    splines = {
        "univariate": zuko.transforms.MonotonicRQSTransform,
        "shapes": [(BINS,), (BINS,), (BINS - 1,)],
    }
    if kind == "maf":
        return zuko.flows.MAF(dim, **size)
    if kind == "nsf-autoregressive":
        return zuko.flows.NSF(dim, bins=BINS, **size)
    # NICE is its other name; the transform is affine unless another one is given.
    if kind == "nsf-coupling":
        return zuko.flows.RealNVP(dim, **splines, **size)
    return zuko.flows.RealNVP(dim, **size)


def nflows_flow(kind, dim, layers, hidden):
    """A flow of nflows' transforms; networks as its own SimpleRealNVP and MADE make them."""
    from nflows import distributions, flows, nn, transforms, utils

    if kind == "realnvp":
        return flows.SimpleRealNVP(dim, hidden, layers, num_blocks_per_layer=1)
    parts = []
    for i in range(layers):
        if kind == "nsf-coupling":
            parts += [transforms.RandomPermutation(dim), transforms.LULinear(dim)]
            parts.append(
                transforms.PiecewiseRationalQuadraticCouplingTransform(
                    utils.create_alternating_binary_mask(dim, even=i % 2 == 0),
                    lambda ins, outs: nn.nets.ResidualNet(ins, outs, hidden, num_blocks=1),
                    num_bins=BINS,
                    tails="linear",
                    tail_bound=BOUND,
                )
            )
            continue
        # One block after the first layer: two hidden layers.
        made = {"num_blocks": 1, "use_residual_blocks": False}
        parts.append(transforms.ReversePermutation(dim))
        if kind == "maf":
            parts.append(transforms.MaskedAffineAutoregressiveTransform(dim, hidden, **made))
        else:
            parts.append(
                transforms.MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
                    dim, hidden, num_bins=BINS, tails="linear", tail_bound=BOUND, **made
                )
            )
    return flows.Flow(transforms.CompositeTransform(parts), distributions.StandardNormal([dim]))


@dataclass
class Result:
    """Figures."""

    figures: dict

    def answer(self):
        return self.figures


class Loaded:
    """A flow and its data."""

    def __init__(self, library, folder, setting):
        data = load_file(Path(folder) / "data.safetensors")
        self.train, self.test = data["train"].float(), data["test"].float()
        self.seed = setting["seed"]
        torch.manual_seed(self.seed)
        make = {"zuko": zuko_flow, "nflows": nflows_flow}[library]
        dim = self.train.shape[1]
        self.flow = make(setting["flow"], dim, setting["layers"], setting["hidden"])
        self.zuko = library == "zuko"
        self.library = library
        self.optimizer = None

    def log_prob(self, rows):
        """Log-densities of rows."""
        return self.flow().log_prob(rows) if self.zuko else self.flow.log_prob(rows)

    def information(self):
        """What computes, for the report."""
        version = importlib.metadata.version(self.library)
        return {
            "version": f"torch {torch.__version__}, {self.library} {version}",
            "parameters": sum(p.numel() for p in self.flow.parameters() if p.requires_grad),
            "columns": self.train.shape[1],
            "threads": torch.get_num_threads(),
        }

    def update(self, rows, clip=0):
        """One step of training; the loss."""
        self.optimizer.zero_grad()
        loss = -self.log_prob(rows).mean()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(self.flow.parameters(), clip)
        self.optimizer.step()
        return loss

    def step(self, request):
        """Adam at 1e-3 on the first rows."""
        if self.optimizer is None:
            self.optimizer = torch.optim.Adam(self.flow.parameters(), lr=1e-3)
        rows = self.train[: request["batch"]]
        return Result({"loss": self.update(rows).item()})

    def fit(self, request):
        """Adam in shuffled epochs; a batch takes its last rows from the next epoch."""
        self.optimizer = torch.optim.Adam(self.flow.parameters(), lr=request["rate"])
        order = torch.Generator().manual_seed(self.seed)
        left = torch.empty(0, dtype=torch.long)
        for _ in range(request["steps"]):
            while len(left) < request["batch"]:
                left = torch.cat([left, torch.randperm(len(self.train), generator=order)])
            rows, left = left[: request["batch"]], left[request["batch"] :]
            self.update(self.train[rows], request["clip"])
        self.flow.eval()
        with torch.no_grad():
            means = [
                sum(self.log_prob(part).double().sum().item() for part in rows.split(4096))
                / len(rows)
                for rows in (self.train, self.test)
            ]
        return Result({"train": means[0], "test": means[1]})


if __name__ == "__main__":
    name = sys.argv[1]
    worker.serve(
        lambda folder, weights, dtype, tolerance, setting: Loaded(name, folder, setting),
        torch.set_num_threads,
    )
