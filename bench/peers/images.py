"""Compares training steps of flows of images with PyTorch's; see docs/guide-images.md."""

import argparse
import contextlib
import os
import time
from pathlib import Path

import libraries
import machine
import report

FJORD = "fjord images"
TORCH = "torch images"
PEERS = {
    "glow": "normflows",
    "unet": "torchcfm",
    "ffjord": "torchdiffeq",
    "tarflow": "PyTorch",
}
# Steps that are timed together, so that each takes some seconds.
STEPS = {"glow": 20, "unet": 20, "ffjord": 3, "tarflow": 8}
MNIST = Path("mnist") / "train-images-idx3-ubyte.gz"


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="compare-images", description=__doc__)
    parser.add_argument("--models", default=",".join(PEERS), help="some of " + ", ".join(PEERS))
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=3, help="runs before those that count")
    parser.add_argument("--batch", type=int, default=64, help="images a step")
    parser.add_argument("--threads", type=int, default=2, help="of either library")
    parser.add_argument("--images", help="an idx file; MNIST's of FJORD_DATA unless said")
    options = parser.parse_args()
    options.models = options.models.split(",")
    for model in options.models:
        if model not in PEERS:
            parser.error(f"there is no model '{model}'; expected some of {', '.join(PEERS)}")
    options.images = options.images or str(Path(os.environ["FJORD_DATA"]) / MNIST)
    if not Path(options.images).exists():
        parser.error(f"{options.images} is not there; --images names an idx file")
    return options


def measured(options, model):
    """What the libraries answered when loaded, and to each run that counts, in turn."""
    loaded, found = {}, {FJORD: [], TORCH: []}
    with contextlib.ExitStack() as stack:
        workers = [
            stack.enter_context(
                libraries.Worker(
                    name, arguments=[options.images], OMP_NUM_THREADS=str(options.threads)
                )
            )
            for name in found
        ]

        def train(worker):
            time.sleep(0.05)  # threads of the one before stop spinning
            return worker.ask("train", steps=STEPS[model], batch=options.batch)

        for worker in workers:
            loaded[worker.library] = worker.ask("load", model=model, threads=options.threads)
            for _ in range(options.warm_up):
                train(worker)
        for repetition in range(options.repetitions):
            first = repetition % len(workers)
            for worker in workers[first:] + workers[:first]:
                found[worker.library].append(train(worker))
    return loaded, found


def evaluations(answers, steps):
    """Of a field, in one step; nothing where there are none."""
    counts = [answer["evaluations"] / steps for answer in answers]
    return f"{sum(counts) / len(counts):.0f}" if sum(counts) else ""


def main():
    """Measures and prints."""
    options = arguments()
    versions, tables = {}, {"processor": [], "clock": []}
    for model in options.models:
        loaded, found = measured(options, model)
        for library, answer in loaded.items():
            versions[library] = answer["version"]
        steps = STEPS[model]
        for name, rows in tables.items():
            ours, theirs = (
                [
                    (answer["seconds"][0] if name == "processor" else answer["passed"]) / steps
                    for answer in found[library]
                ]
                for library in (FJORD, TORCH)
            )
            rows.append(
                [
                    model,
                    PEERS[model],
                    *(f"{loaded[library]['parameters']:,}" for library in (FJORD, TORCH)),
                    *(evaluations(found[library], steps) for library in (FJORD, TORCH)),
                    report.spread(ours, report.milliseconds),
                    report.spread(theirs, report.milliseconds),
                    report.spread([b / a for a, b in zip(ours, theirs)], report.ratio),
                ]
            )
        print(f"{model}: measured", flush=True)
    print(f"\nMachine: {machine.description()}.")
    print("\n".join(f"- {library}: {version}" for library, version in versions.items()))
    for name, rows in tables.items():
        print(
            f"\nMilliseconds of the {name}, a training step of {options.batch} images,"
            f" {options.threads} threads; median (least-greatest).\n"
        )
        header = ["model", "peer", "parameters", "peer's", "evaluations", "peer's"]
        header += ["fjord, ms", "peer, ms", "peer / fjord"]
        print("\n".join(report.table(header, rows)))


if __name__ == "__main__":
    main()
