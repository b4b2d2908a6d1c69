"""Compares flow matching with torchcfm's on its tutorial's network; see docs/guide-matching.md."""

import argparse
import contextlib
import time
from statistics import mean

import libraries
import machine
import report

FJORD = "fjord matching"
TORCHCFM = "torchcfm"


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="compare-matching", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=6, help="runs before those that count")
    parser.add_argument("--steps", type=int, default=1000, help="of a training that is timed")
    parser.add_argument("--points", type=int, default=10_000, help="to sample")
    parser.add_argument("--threads", type=int, default=1, help="of either library")
    return parser.parse_args()


def measured(options, transport):
    """Seconds of the processor for training and for sampling, of each library in turn."""
    found = {library: ([], []) for library in (FJORD, TORCHCFM)}
    with contextlib.ExitStack() as stack:
        workers = [
            stack.enter_context(
                libraries.Worker(name, OMP_NUM_THREADS=str(options.threads))
            )
            for name in found
        ]
        for worker in workers:
            answer = worker.ask("load", transport=transport, threads=options.threads)
            print(f"{worker.library}: {answer['version']}, {answer['parameters']} parameters")
            for _ in range(options.warm_up):
                worker.ask("train", steps=options.steps)
                worker.ask("sample", points=options.points)
        for repetition in range(options.repetitions):
            first = repetition % len(workers)
            for worker in workers[first:] + workers[:first]:
                time.sleep(0.05)  # threads of the one before stop spinning
                trained = worker.ask("train", steps=options.steps)
                sampled = worker.ask("sample", points=options.points)
                found[worker.library][0].append(mean(trained["seconds"]))
                found[worker.library][1].append(mean(sampled["seconds"]))
    return found


def main():
    """Measures and prints."""
    options = arguments()
    rows = []
    for name, transport in (("plain", False), ("transport", True)):
        found = measured(options, transport)
        tasks = (f"{options.steps} steps, {name}", f"{options.points} points, {name}")
        for k, task in enumerate(tasks):
            ours, theirs = found[FJORD][k], found[TORCHCFM][k]
            ratios = [their / our for our, their in zip(ours, theirs)]
            rows.append(
                [
                    task,
                    report.spread(ours, report.milliseconds),
                    report.spread(theirs, report.milliseconds),
                    report.spread(ratios, report.ratio),
                ]
            )
    print(f"Machine: {machine.description()}; {options.threads} threads.\n")
    header = ["processor milliseconds, median (least-greatest)", "fjord", "torchcfm", "torchcfm / fjord"]
    print("\n".join(report.table(header, rows)))


if __name__ == "__main__":
    main()
