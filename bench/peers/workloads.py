"""A workload as fjord exports it: model, data, weights. Every library reads the same files."""

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import load_file


@dataclass(frozen=True)
class Workload:
    """What is to be computed, with its numbers as numpy arrays of one precision.

    `weights` holds one (weight, bias, gate weight, gate bias, drift) for each layer of FFJORD's
    concatsquash: x -> (x W^T + b) sigmoid(t g + h) + t d.
    """

    name: str
    dim: int
    activation: str
    end_time: float
    exact_gradient: bool
    exact_score: bool
    weights: list
    batch: object
    probes: object
    scored: object
    base: object
    tolerance: float


LAYER_PARTS = (
    "_layer.weight",
    "_layer.bias",
    "_hyper_gate.weight",
    "_hyper_gate.bias",
    "_hyper_bias.weight",
)


def part_names(layers):
    """FFJORD's names of the parts of every layer."""
    prefix = "chain.0.odefunc.diffeq.layers"
    return [[f"{prefix}.{i}.{part}" for part in LAYER_PARTS] for i in range(layers)]


def load(folder, weights, dtype, tolerance):
    """Reads the workload of a folder with one of its sets of weights."""
    folder = Path(folder)
    description = json.loads((folder / "workload.json").read_text())
    model = description["model"]
    field, chain, solve = model["field"], model["chain"], model["solve"]
    if field["layer"] != "concatsquash" or chain["blocks"] != 1:
        raise ValueError(f"{folder}: only one block of concatsquash layers is known here")
    named = load_file(folder / f"weights-{weights}.safetensors")
    data = {k: v.astype(dtype) for k, v in load_file(folder / "data.safetensors").items()}
    exact_score = solve["evaluation"]["divergence"]["type"] == "exact"
    return Workload(
        name=description["name"],
        dim=model["dim"],
        activation=field["activation"],
        end_time=chain["endTime"],
        exact_gradient=solve["training"]["divergence"]["type"] == "exact",
        exact_score=exact_score,
        weights=[
            tuple(named[name].astype(dtype) for name in names)
            for names in part_names(len(field["hidden"]) + 1)
        ],
        batch=data.get("batch"),
        probes=data.get("probes"),
        # Estimated scores take the probes of the batch, and so its rows.
        scored=data.get("scored") if exact_score else data.get("batch"),
        base=data.get("base"),
        tolerance=tolerance,
    )
