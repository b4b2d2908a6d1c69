"""fjord's default posterior flow beside numpyro's guides; see docs/guide-inference.md."""

import argparse
import csv
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from math import inf, isnan
from pathlib import Path

import inference_models

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "target" / "inference"
GUIDES = ("AutoIAFNormal", "AutoBNAFNormal", "AutoMultivariateNormal")
FLOWS = GUIDES[:2]
OURS = "fjord"


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="compare-inference", description=__doc__)
    parser.add_argument("posteriors", nargs="*", help="parts of names; default: all")
    parser.add_argument("--limit", type=float, default=60, help="seconds of the processor")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=TARGET, help="folder")
    options = parser.parse_args()
    names = inference_models.MODELS
    parts = options.posteriors
    options.posteriors = [n for n in names if not parts or any(p in n for p in parts)]
    return options


@dataclass
class Trace:
    """How a bound grew: the seconds and bounds of parts of 100 steps, and what came of it."""

    parts: list
    compiled: float
    seconds: float
    bound: float
    error: float

    def time_to(self, bound):
        """Seconds until a part's mean, or at the end the fitted bound, is as high; or infinity."""
        if bound == -inf:  # a fit that went astray, which took it nowhere
            return 0 if self.bound > bound else inf
        for seconds, value in self.parts:
            if value >= bound:
                return seconds
        return self.seconds if self.bound >= bound else inf


def read(file):
    """The trace of a file."""
    parts, compiled, end = [], 0, None
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            values = [float(row[column]) for column in ("seconds", "bound", "error")]
            if row["steps"] == "-2":
                compiled = values[0]
            elif row["steps"] == "-1":
                end = values
            else:
                parts.append(tuple(values[:2]))
    seconds, bound, error = end
    return Trace(parts, compiled, seconds, *((-inf, 0) if isnan(bound) else (bound, error)))


def measured(file, command):
    """The trace of a command's lines, which is run where the file is not there."""
    if not file.exists():
        print(f"{time.strftime('%H:%M:%S')} {file.stem}", file=sys.stderr, flush=True)
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(done.stdout)
        part.replace(file)
    return read(file)


def traces_of(name, options):
    """The traces of all that fit a posterior."""
    folder, seed = options.results, options.seed
    command = [HERE / "fjord-posterior", name, seed]
    traces = {OURS: measured(folder / f"{name}.{OURS}.{seed}.csv", command)}
    for guide in GUIDES:
        command = [sys.executable, HERE / "inference_worker.py", name, guide, options.limit, seed]
        file = folder / f"{name}.{guide}.{options.limit:g}.{seed}.csv"
        traces[guide] = measured(file, command)
    return traces


def shown(number, digits):
    """A number for the table."""
    return f"{number:.{digits}f}" if abs(number) < inf else "-"


def main():
    """Measures what is not there, and prints the table."""
    options = arguments()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # and so the programs started here
    print(
        "| posterior | fit by | ELBO | fjord's is higher by | s | s to compile"
        " | s to this ELBO: fjord | itself |"
    )
    print("|---|---|---|---|---|---|---|---|")
    no_worse, sooner = 0, 0
    for name in options.posteriors:
        traces = traces_of(name, options)
        ours = traces[OURS]
        best = max(FLOWS, key=lambda guide: traces[guide].bound)
        for label, trace in traces.items():
            aim = trace.bound - trace.error
            less, ahead, behind = ours.bound - trace.bound, ours.time_to(aim), trace.time_to(aim)
            print(
                f"| {name} | {label} | {shown(trace.bound, 3)} ± {trace.error:.3f}"
                f" | {shown(less, 3)} | {trace.seconds:.1f} | {trace.compiled:.1f}"
                f" | {shown(ahead, 1)} | {shown(behind, 1)} |",
                flush=True,
            )
            if label == best:
                no_worse += less >= -2 * (ours.error**2 + trace.error**2) ** 0.5
                sooner += ahead < behind
    print(
        f"\nBeside the better of {' and '.join(FLOWS)}: ELBO no worse within two standard errors on"
        f" {no_worse} of {len(options.posteriors)}, its ELBO reached sooner on {sooner}."
    )


if __name__ == "__main__":
    main()
