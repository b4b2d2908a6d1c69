"""Has fjord, torchdiffeq and diffrax solve the same trained flows; see docs/benchmarks.md."""

import argparse
import csv
import sys
import tempfile
from pathlib import Path

import agreement
import libraries
import solver_report
from compare import TARGET, note

PROBLEMS = ("moons", "pinwheel", "cardio")
COLUMNS = (
    "library,problem,method,mode,rtol,atol,steps,evaluations,accepted,rejected,seconds,error"
).split(",")
FIXED = ("euler", "midpoint", "three-eighths")
# What each library can do, by mode; methods of the same name are the same method.
METHODS = {
    libraries.FJORD: {
        "forward": ("dopri5", "dopri853", *FIXED),
        "discrete": ("dopri5", "dopri853"),
        "continuous": ("dopri5", "dopri853"),
    },
    libraries.TORCHDIFFEQ: {
        "forward": ("dopri5", "dopri8", *FIXED),
        "continuous": ("dopri5", "dopri5-seminorm"),
    },
    libraries.DIFFRAX: {
        "forward": ("dopri5", "dopri8", "euler", "midpoint"),
        "discrete": ("dopri5", "dopri8"),
        "continuous": ("dopri5",),
    },
}
MODES = ("forward", "discrete", "continuous")
STEPS = tuple(2**k for k in range(2, 10))
REFERENCE = {"rtol": 1e-13, "atol": 1e-13, "steps": 0}
# torchdiffeq is no reference: it ends by interpolation, which is of lower order than its dopri8.
REFERENCE_METHODS = {
    libraries.FJORD: "dopri853",
    libraries.DIFFRAX: "dopri8",
}


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="compare-solvers", description=__doc__)
    parser.add_argument("--problems", default=",".join(PROBLEMS), help="names, with commas")
    parser.add_argument("--libraries", default=",".join(METHODS), help="with commas")
    parser.add_argument("--modes", default=",".join(MODES), help="with commas")
    parser.add_argument("--methods", default="", help="only these, with commas")
    parser.add_argument("--per-decade", type=int, default=4, help="tolerances from 1e-3 to 1e-10")
    parser.add_argument("--repetitions", type=int, default=3, help="of times; 0 for counts alone")
    parser.add_argument(
        "--out", type=Path, default=TARGET / "solvers-results", help="folder of solvers.csv"
    )
    options = parser.parse_args()
    methods = {m for of in METHODS.values() for names in of.values() for m in names}
    known = {"problems": PROBLEMS, "libraries": METHODS, "modes": MODES, "methods": methods}
    for name, names in known.items():
        given = [s for s in getattr(options, name).split(",") if s]
        for unknown in set(given).difference(names):
            parser.error(f"unknown {unknown!r} in --{name}: use of {', '.join(sorted(names))}")
        setattr(options, name, given)
    return options


def accuracies(method, per_decade, coarse):
    """Tolerances of an adaptive method, half as many if coarse; steps of another method."""
    if coarse:
        per_decade = max(1, per_decade // 2)
    if method in FIXED:
        return [{"rtol": 0.0, "atol": 0.0, "steps": n} for n in STEPS]
    tolerances = [10 ** (-3 - k / per_decade) for k in range(7 * per_decade + 1)]
    return [{"rtol": t, "atol": t, "steps": 0} for t in tolerances]


class Problem:
    """One trained flow: references, and solves of a library beside them."""

    def __init__(self, options, folder, results):
        self.options, self.folder = options, folder
        self.file = Path(results) / "result.safetensors"
        self.references = {}

    def worker(self, library):
        """A process of the library with the trained weights loaded."""
        # A hundred rows are too few for several threads of torch, which would wait for each other.
        worker = libraries.Worker(library, JAX_ENABLE_X64="1", OMP_NUM_THREADS="1")
        worker.ask(
            "load", folder=str(self.folder), weights="trained", dtype="float64", tolerance=1e-6
        )
        return worker

    def solve(self, worker, mode, method, accuracy):
        """Figures and result of one solve, and the least of its times."""
        request = {"mode": mode, "method": method, **accuracy}
        answer = worker.ask("solve", times=1, save=str(self.file), count=True, **request)
        repetitions = self.options.repetitions
        answer["seconds"] = None
        if repetitions:
            times = worker.ask("solve", times=repetitions + 1, count=False, **request)["seconds"]
            answer["seconds"] = min(times[1:])
        return answer, agreement.vector(self.file)

    def refer(self):
        """Finds references by fjord, and returns how far other libraries are from them."""
        off = []
        for library, method in REFERENCE_METHODS.items():
            if library not in (libraries.FJORD, *self.options.libraries):
                continue
            with self.worker(library) as worker:
                for mode in ("forward", "discrete"):
                    _, found = self.solve(worker, mode, method, REFERENCE)
                    if library == libraries.FJORD:
                        self.references[mode] = found
                    else:
                        error = agreement.relative(found, self.references[mode])
                        off.append((self.folder.name, mode, library, method, error))
        # Both kinds of gradient approach the one of the exact solution.
        self.references["continuous"] = self.references["discrete"]
        return off

    def rows(self, library):
        """A csv row for each solve of a library."""
        with self.worker(library) as worker:
            for mode in self.options.modes:
                for method in METHODS[library].get(mode, ()):
                    if self.options.methods and method not in self.options.methods:
                        continue
                    note(f"{self.folder.name}: {library}, {method}, {mode}")
                    coarse = mode != "forward"
                    for accuracy in accuracies(method, self.options.per_decade, coarse):
                        answer, found = self.solve(worker, mode, method, accuracy)
                        error = agreement.relative(found, self.references[mode])
                        about = {"library": library, "problem": self.folder.name}
                        # What does not apply is an empty cell.
                        given = {name: value or None for name, value in accuracy.items()}
                        about.update(method=method, mode=mode, error=error, **given)
                        yield {**about, **{k: v for k, v in answer.items() if k in COLUMNS}}


def write(file, rows):
    """Writes the csv."""
    with open(file, "w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    """Solves everything, then prints the tables."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    folders = TARGET / "peers"
    note("preparing problems")
    libraries.prepare(folders, ["solvers", *options.problems])
    rows, off = [], []
    with tempfile.TemporaryDirectory() as results:
        for name in options.problems:
            problem = Problem(options, folders / name, results)
            note(f"{name}: references")
            off += problem.refer()
            for library in options.libraries:
                rows += problem.rows(library)
                write(options.out / "solvers.csv", rows)
    text, failures = solver_report.report(rows, off)
    (options.out / "solvers.md").write_text(text)
    print(text)
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
