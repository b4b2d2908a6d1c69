"""How far results of two libraries are from each other: relative differences in Euclidean norm."""

import itertools
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

import libraries


LIMIT = 1e-4
TASKS = ("gradient", "score", "sample", "reference")


def disagreeing(agreements):
    """Pairs of references that are further from each other than rounding and tolerance explain."""
    pairs = [a for a in agreements if a["task"] == "reference"]
    return [a for a in pairs if max(a["difference"], a["loss_difference"]) > LIMIT]


def vector(file):
    """All numbers of a file, in the order of their names; None if there is no such file."""
    if not Path(file).exists():
        return None
    tensors = load_file(file)
    return np.concatenate([tensors[name].ravel() for name in sorted(tensors)])


def distance(a, b):
    """Relative to the larger norm."""
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(a), np.linalg.norm(b)))


def relative(a, reference):
    """Relative to the reference."""
    return float(np.linalg.norm(a - reference) / np.linalg.norm(reference))


def losses(measurement, weights, task):
    """The loss that each library found first."""
    return {
        r["library"]: r["loss"]
        for r in measurement.records
        if r.get("weights") == weights and r["task"] == task and r.get("repetition", 0) == 0
    }


def compare(measurement):
    """A dict for every pair of libraries, weights and kind of result."""
    found = []
    for weights in measurement.options.weights:
        for task in TASKS:
            files = {
                library: vector(measurement.result_file(weights, library, task))
                for library in measurement.options.libraries
            }
            if task == "gradient" and not measurement.options.no_reference:
                # Every library beside a solve whose own error does not count.
                reference = vector(
                    measurement.result_file(weights, libraries.FJORD, "reference")
                )
                files["reference"] = reference
            for a, b in itertools.combinations(files, 2):
                if files[a] is None or files[b] is None:
                    continue
                pair = {
                    "workload": measurement.name,
                    "weights": weights,
                    "task": task,
                    "pair": f"{a} / {b}",
                    "difference": distance(files[a], files[b]),
                }
                if task in ("gradient", "reference"):
                    of = losses(measurement, weights, task)
                    of["reference"] = losses(measurement, weights, "reference").get(libraries.FJORD)
                    pair["loss_difference"] = abs(of[a] - of[b]) / abs(of[b])
                found.append(pair)
    return found
