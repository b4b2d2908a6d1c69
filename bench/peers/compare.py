"""Times fjord, diffrax and torchdiffeq in alternation on the same work; see docs/benchmarks.md."""

import argparse
import contextlib
import itertools
import json
import sys
import time
from pathlib import Path

import agreement
import libraries
import machine
import report

WORKLOADS = ("toy-100", "toy-512", "table-6", "wide-43", "wide-63", "score-100k", "score-100k-6d")
WEIGHTS = ("initial", "trained")
TASKS = ("gradient", "score", "sample")
TARGET = Path(__file__).resolve().parent.parent / "target"


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="compare-peers", description=__doc__)
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="names, with commas")
    parser.add_argument("--weights", default=",".join(WEIGHTS), help="initial, trained or both")
    parser.add_argument("--tasks", default=",".join(TASKS), help="what to time, with commas")
    parser.add_argument("--libraries", default=",".join(libraries.LIBRARIES), help="with commas")
    parser.add_argument("--repetitions", type=int, default=7, help="at least 7 for publication")
    parser.add_argument("--warm-up", type=float, default=5, help="seconds a task, at least 3 runs")
    parser.add_argument("--duration", type=float, default=0.5, help="least seconds a measurement")
    parser.add_argument("--out", type=Path, default=TARGET / "peers-results", help="folder")
    parser.add_argument("--quick", action="store_true", help="3 repetitions, toys, no reference")
    parser.add_argument("--no-reference", action="store_true", help="no float64 solves at 1e-9")
    parser.add_argument("--no-memory", action="store_true", help="no measurement of memory")
    options = parser.parse_args()
    if options.quick:
        options.repetitions = 3
        options.warm_up = 2
        options.no_reference = True
        if options.workloads == ",".join(WORKLOADS):
            options.workloads = "toy-100,toy-512"
    for name in ("workloads", "weights", "tasks", "libraries"):
        setattr(options, name, [s for s in getattr(options, name).split(",") if s])
    return options


def note(text):
    """Says what is being done, apart from the results."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Measurement:
    """One workload: what was measured, a dict for each run."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.name = folder.name
        self.description = json.loads((folder / "workload.json").read_text())
        self.records = []
        self.versions = {}
        self.waiting = {}
        self.settings = {}

    def result_file(self, weights, library, task):
        """Where a library's numbers are kept."""
        name = f"{weights}-{library.replace(' ', '-')}-{task}.safetensors"
        return str(self.folder / name)

    def forget(self):
        """Removes the numbers of earlier runs, which are not to be compared with those of this one."""
        for weights, library in itertools.product(WEIGHTS, libraries.LIBRARIES):
            for task in agreement.TASKS:
                Path(self.result_file(weights, library, task)).unlink(missing_ok=True)

    def tasks(self, library):
        """What a library does of this workload."""
        tasks = ["gradient"] if self.description["gradientRows"] else []
        if library != libraries.SEMINORM:  # which differs in the way back only
            tasks += ["score", "sample"] if self.description["sampleRows"] else ["score"]
        return [task for task in tasks if task in self.options.tasks]

    def add(self, answer, **about):
        """Keeps an answer with what it is about."""
        self.records.append({"workload": self.name, **about, **answer})

    def choices(self, task, threads):
        """What may be tried of a task: numbers of rows at once, numbers of threads."""
        rows = {"gradient": 0, "score": self.description["scoreRows"]}
        rows = rows.get(task, self.description["sampleRows"])
        solve = self.description["model"]["solve"]
        estimated = solve["evaluation"]["divergence"]["type"] != "exact"
        chunks = [rows] + [n for n in (10_000, 2_500) if n < rows and not estimated]
        numbers = dict.fromkeys([threads, 1]) if threads else [None]
        return [{"chunk": c, "threads": n} for c in chunks for n in numbers]

    def choose_waiting(self, library):
        """How threads wait where the first task is fastest, with the first weights."""
        settings = libraries.waiting(library)
        if len(settings) > 1 and library not in self.waiting:
            task = self.tasks(library)[0]
            fastest = {}
            for setting in settings:
                with libraries.Worker(library, setting) as worker:
                    worker.ask("load", **self.load(self.options.weights[0]))
                    argument = self.choices(task, None)[-1]
                    worker.ask(task, **argument)
                    fastest[setting] = min(worker.ask(task, times=3, **argument)["seconds"])
            settings = sorted(settings, key=fastest.get)
            tried = ", ".join(f"{s} {1000 * fastest[s]:.0f} ms" for s in settings)
            note(f"{self.name}: threads of {library}: {tried}")
            self.add({}, library=library, task="waiting", tried=tried)
        return self.waiting.setdefault(library, settings[0])

    def run(self):
        """Times all libraries, a fresh process each, with both sets of weights."""
        self.forget()
        with contextlib.ExitStack() as stack:
            workers = []
            for library in self.options.libraries:
                if self.tasks(library):
                    setting = self.choose_waiting(library)
                    workers.append(stack.enter_context(libraries.Worker(library, setting)))
            for weights in self.options.weights:
                self.alternate(workers, weights)

    def warm(self, worker, weights, task, threads):
        """Runs a task until it is as fast as it gets; returns the request that measures it."""
        argument, least = {}, None
        for tried in self.choices(task, threads):
            file = self.result_file(weights, worker.library, task)
            answer = worker.ask(task, times=1, save=file, **tried)
            seconds = worker.ask(task, times=2, **tried)["seconds"]
            if least is None or min(seconds) < least:
                argument, least, first = tried, min(seconds), answer
        start = time.perf_counter()
        while time.perf_counter() - start < self.options.warm_up:
            least = min(least, *worker.ask(task, times=1, **argument)["seconds"])
        about = {"weights": weights, "library": worker.library, "task": task, "repetition": 0}
        self.add({**first, **argument}, **about)
        if task == "gradient":
            self.settings[worker.library] = first.get("setting")
        times = max(1, min(100, round(self.options.duration / least)))
        return {"times": times, **argument}

    def alternate(self, workers, weights):
        """Each library in turn, another one first in each repetition."""
        requests = {}
        for worker in workers:
            note(f"{self.name}, {weights} weights: warming {worker.library}")
            loaded = worker.ask("load", **self.load(weights))
            self.versions[worker.library] = loaded["version"]
            for task in self.tasks(worker.library):
                threads = loaded.get("threads")
                requests[worker, task] = self.warm(worker, weights, task, threads)
        note(f"{self.name}, {weights} weights: measuring")
        for repetition in range(1, self.options.repetitions + 1):
            first = repetition % len(workers)
            for worker in workers[first:] + workers[:first]:
                for task in self.tasks(worker.library):
                    time.sleep(0.05)  # threads of the one before stop spinning
                    answer = worker.ask(task, **requests[worker, task])
                    about = {"library": worker.library, "task": task, "repetition": repetition}
                    self.add(answer, weights=weights, **about)

    def load(self, weights, dtype="float32", tolerance=1e-5):
        """What a worker is asked to load."""
        folder = str(self.folder)
        return {"folder": folder, "weights": weights, "dtype": dtype, "tolerance": tolerance}

    def memory(self):
        """Resident memory of gradients, in a fresh process for each library."""
        weights = self.options.weights[-1]
        for library in self.options.libraries:
            if "gradient" not in self.tasks(library):
                continue
            note(f"{self.name}: memory of {library}")
            with libraries.Worker(library, self.choose_waiting(library)) as worker:
                worker.ask("load", **self.load(weights), setting=self.settings.get(library))
                before = worker.ask("resident")["now"]
                worker.ask("gradient", times=5)
                reset = worker.ask("reset-peak")["reset"]
                warmed = worker.ask("resident")["now"]
                worker.ask("gradient", times=5)
                peak = worker.ask("resident")["peak"]
            found = {"before": before, "warmed": warmed, "peak": peak, "reset": reset}
            self.add(found, weights=weights, library=library, task="memory")

    def reference(self):
        """Gradients in float64 at a tolerance where the solver's error no longer counts."""
        for library in (libraries.FJORD, libraries.DIFFRAX, libraries.TORCHDIFFEQ):
            tasks = self.tasks(library)
            if library not in self.options.libraries or "gradient" not in tasks:
                continue
            setting = self.choose_waiting(library)
            with libraries.Worker(library, setting, JAX_ENABLE_X64="1") as worker:
                for weights in self.options.weights:
                    note(f"{self.name}, {weights} weights: reference by {library}")
                    chosen = self.settings.get(library)
                    worker.ask("load", **self.load(weights, "float64", 1e-9), setting=chosen)
                    file = self.result_file(weights, library, "reference")
                    answer = worker.ask("gradient", times=1, save=file)
                    self.add(answer, weights=weights, library=library, task="reference")


def main():
    """Measures every workload, and writes the report after each."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    folders = TARGET / "peers"
    note("preparing workloads")
    libraries.prepare(folders, options.workloads)
    records, versions, data, agreements = [], {}, {}, []
    for name in options.workloads:
        measurement = Measurement(options, folders / name)
        measurement.run()
        if not options.no_memory:
            measurement.memory()
        if not options.no_reference:
            measurement.reference()
        records += measurement.records
        versions.update(measurement.versions)
        data[name] = measurement.description["data"]
        agreements += agreement.compare(measurement)
        report.write(options.out, machine.description(), versions, data, records, agreements)
    print((options.out / "report.md").read_text())
    for pair in agreement.disagreeing(agreements):
        sys.exit(f"references disagree: {pair}")


if __name__ == "__main__":
    main()
