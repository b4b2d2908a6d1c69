"""Compares fjord's discrete flows with those of zuko and nflows; see docs/benchmarks.md."""

import argparse
import contextlib
import csv
import sys
import time
from pathlib import Path
from statistics import mean, median, stdev

import libraries
import machine
import report

FLOWS = ("maf", "nsf-autoregressive", "nsf-coupling", "realnvp")
TIMED = FLOWS[:3]
DATA = ("moons", "mixture", "digits", "patches")
TARGET = Path(__file__).resolve().parent.parent / "target"
FOLDERS = TARGET / "peers-discrete"
PEERS = (libraries.ZUKO, libraries.NFLOWS)


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="compare-discrete", description=__doc__)
    parser.add_argument("--quality", action="store_true", help="log-likelihoods instead of times")
    parser.add_argument("--flows", help="names, with commas; default: all that are compared")
    parser.add_argument("--data", help="data sets, with commas")
    parser.add_argument("--libraries", default="fjord,zuko,nflows", help="with commas")
    parser.add_argument("--layers", type=int, help="default: 5, and 3 with --quality")
    parser.add_argument("--hidden", type=int, help="default: 128, and 64 with --quality")
    parser.add_argument("--batch", type=int, help="rows; default: 512, and 256 with --quality")
    parser.add_argument("--repetitions", type=int, default=7, help="of times")
    parser.add_argument("--warm-up", type=float, default=5, help="seconds a flow, of times")
    parser.add_argument("--duration", type=float, default=0.5, help="least seconds a measurement")
    parser.add_argument("--steps", type=int, default=1000, help="of training, with --quality")
    parser.add_argument("--rate", type=float, default=1e-3, help="of learning, with --quality")
    parser.add_argument("--clip", type=float, default=5, help="norm of gradients, with --quality")
    parser.add_argument("--seeds", type=int, default=5, help="with --quality")
    parser.add_argument("--out", type=Path, default=TARGET / "discrete-results", help="folder")
    options = parser.parse_args()
    sizes = (3, 64, 256) if options.quality else (5, 128, 512)
    for name, size in zip(("layers", "hidden", "batch"), sizes):
        if getattr(options, name) is None:
            setattr(options, name, size)
    options.flows = (options.flows or ",".join(FLOWS if options.quality else TIMED)).split(",")
    options.data = (options.data or ",".join(DATA if options.quality else DATA[1:2])).split(",")
    chosen = options.libraries.split(",")
    options.libraries = [libraries.DISCRETE if name == "fjord" else name for name in chosen]
    return options


def note(text):
    """Says what is being done, apart from the results."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def load(worker, options, data, flow, seed, threads=None):
    """Has a library make a flow."""
    setting = {"flow": flow, "layers": options.layers, "hidden": options.hidden, "seed": seed}
    if threads:
        setting["threads"] = threads
    return worker.ask("load", folder=str(FOLDERS / data), setting=setting)


def choose(options, data, flow, library):
    """How threads wait and how many there are, where steps are fastest; and what was tried."""
    fastest = {}
    if library == libraries.DISCRETE:
        return ("spinning", None), ""
    for setting in libraries.waiting(library):
        with libraries.Worker(library, setting) as worker:
            loaded = load(worker, options, data, flow, 1)
            for threads in dict.fromkeys([loaded["threads"], 1]):
                ask = {"batch": options.batch, "threads": threads}
                worker.ask("step", times=5, **ask)
                seconds = worker.ask("step", times=10, **ask)["seconds"]
                fastest[setting, threads] = median(seconds)
    ordered = sorted(fastest, key=fastest.get)
    tried = ", ".join(f"{s} {n} threads {1000 * fastest[s, n]:.0f} ms" for s, n in ordered)
    return ordered[0], tried


def timed(options, data, flow):
    """Each library in turn, another one first in each repetition; a dict for each library."""
    found, requests = {}, {}
    with contextlib.ExitStack() as stack:
        workers = []
        for library in options.libraries:
            note(f"{flow}: choosing and warming {library}")
            (setting, threads), tried = choose(options, data, flow, library)
            worker = stack.enter_context(libraries.Worker(library, setting))
            workers.append(worker)
            loaded = load(worker, options, data, flow, 1)
            request = {"batch": options.batch, "threads": threads}
            start, least = time.perf_counter(), float("inf")
            while time.perf_counter() - start < options.warm_up:
                least = min(least, *worker.ask("step", times=5, **request)["seconds"])
            times = max(3, min(200, round(options.duration / least)))
            requests[library] = {"times": times, **request}
            found[library] = {**loaded, "tried": tried, "seconds": []}
        note(f"{flow}: measuring")
        for repetition in range(options.repetitions):
            first = repetition % len(workers)
            for worker in workers[first:] + workers[:first]:
                time.sleep(0.05)  # threads of the one before stop spinning
                answer = worker.ask("step", **requests[worker.library])
                found[worker.library]["seconds"].append(mean(answer["seconds"]))
    return found


def shown(library):
    """A library's name in tables."""
    return "fjord" if library == libraries.DISCRETE else library


def times_report(options, results):
    """Tables of times, as lines."""
    peers = [name for name in PEERS if name in options.libraries]
    rows, parameters, tried, versions = [], [], [], {}
    for flow, found in results.items():
        row, counts = [flow], [flow]
        own = found.get(libraries.DISCRETE, {}).get("seconds", [])
        for library in options.libraries:
            of = found[library]
            row.append(report.spread(of["seconds"], report.milliseconds))
            counts.append(str(of["parameters"]))
            versions[shown(library)] = of["version"]
            if of["tried"]:
                tried.append(f"- {flow}, {shown(library)}: {of['tried']}")
        for peer in peers if own else []:
            ratios = [theirs / ours for theirs, ours in zip(found[peer]["seconds"], own)]
            row.append(report.spread(ratios, report.ratio))
        rows.append(row)
        parameters.append(counts)
    names = [shown(library) for library in options.libraries]
    ratios = [f"{peer} / fjord" for peer in peers if libraries.DISCRETE in options.libraries]
    lines = [f"Machine: {machine.description()}.", ""]
    lines += [f"- {name}: {version}" for name, version in versions.items()]
    lines += [
        "",
        f"A training step (loss, gradient, Adam), {options.layers} layers, hidden "
        f"{options.hidden}-{options.hidden}, batch {options.batch}, float32; median of "
        f"{options.repetitions} repetitions, least and greatest beside it.",
        "",
    ]
    lines += report.table(["flow", *(f"{name}, ms" for name in names), *ratios], rows)
    lines += report.table(["parameters", *names], parameters)
    return lines + ["Fastest first, of what was tried:", *tried, ""]


def times(options):
    """Times of steps, and whether all are shorter than zuko's."""
    data = options.data[0]
    results = {}
    for flow in options.flows:
        results[flow] = timed(options, data, flow)
        write(options, "times.md", times_report(options, results))
    with open(options.out / "times.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["flow", "library", "repetition", "seconds"])
        for flow, found in results.items():
            for library, of in found.items():
                for i, seconds in enumerate(of["seconds"]):
                    out.writerow([flow, shown(library), i + 1, seconds])
    slower = []
    for flow, found in results.items():
        if libraries.DISCRETE in found and libraries.ZUKO in found:
            both = [median(found[name]["seconds"]) for name in (libraries.DISCRETE, libraries.ZUKO)]
            if both[0] >= both[1]:
                slower.append(flow)
    return [f"a step of {flow} takes longer than zuko's" for flow in slower]


def fitted(options, data, flow):
    """Held-out log-likelihoods by library, one for each seed."""
    found = {}
    for library in options.libraries:
        with libraries.Worker(library, OMP_NUM_THREADS="1") as worker:
            for seed in range(1, options.seeds + 1):
                load(worker, options, data, flow, seed, threads=1)
                answer = worker.ask(
                    "fit",
                    steps=options.steps,
                    batch=options.batch,
                    rate=options.rate,
                    clip=options.clip,
                    threads=1,
                )
                found.setdefault(library, []).append(answer["test"])
                note(f"{data}, {flow}, {shown(library)}, seed {seed}: {answer['test']:.4f}")
    return found


def standard_error(values):
    """Of the mean."""
    return stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def quality_report(options, results):
    """A table of held-out log-likelihoods, as lines; and where fjord is behind all peers."""
    own = libraries.DISCRETE in options.libraries
    peers = [name for name in PEERS if own and name in options.libraries]
    rows, behind = [], []
    for (data, flow), found in results.items():
        row = [data, flow]
        for library in options.libraries:
            values = found[library]
            row.append(f"{mean(values):.3f} ({standard_error(values):.3f})")
        leads = []
        for peer in peers:
            ours, theirs = found[libraries.DISCRETE], found[peer]
            both = (standard_error(ours) ** 2 + standard_error(theirs) ** 2) ** 0.5
            leads.append((mean(ours) - mean(theirs)) / both)
            row.append(f"{leads[-1]:+.1f}")
        rows.append(row)
        if leads and max(leads) < -1:
            behind.append(f"{flow} on {data} is {-max(leads):.1f} standard errors behind")
    names = [shown(library) for library in options.libraries]
    header = ["data", "flow", *names, *(f"fjord - {peer}" for peer in peers)]
    lines = [
        f"Held-out log-likelihood in nats of standardised data, mean over {options.seeds} seeds "
        f"(standard error); differences in standard errors of the difference. {options.layers} "
        f"layers, hidden {options.hidden}-{options.hidden}, {options.steps} steps of Adam at "
        f"{options.rate} on {options.batch} rows, gradients clipped at {options.clip}.",
        "",
    ]
    return lines + report.table(header, rows), behind


def quality(options):
    """Trains every flow on every data set by every library."""
    results, behind = {}, []
    for data in options.data:
        for flow in options.flows:
            results[data, flow] = fitted(options, data, flow)
            lines, behind = quality_report(options, results)
            write(options, "quality.md", lines)
    with open(options.out / "quality.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["data", "flow", "library", "seed", "log_likelihood"])
        for (data, flow), found in results.items():
            for library, values in found.items():
                for seed, value in enumerate(values, start=1):
                    out.writerow([data, flow, shown(library), seed, value])
    return behind


def write(options, name, lines):
    """Keeps a report."""
    (options.out / name).write_text("\n".join(lines))


def main():
    """Measures, prints the report, and ends with status 1 if fjord is behind."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    libraries.export(FOLDERS, options.data)
    found = (quality if options.quality else times)(options)
    print((options.out / ("quality.md" if options.quality else "times.md")).read_text())
    if found:
        sys.exit("; ".join(found))


if __name__ == "__main__":
    main()
