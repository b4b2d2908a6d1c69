"""Tables of what was measured: Markdown to be read, CSV and JSON with every repetition."""

import csv
import json
from statistics import median

import libraries

MEBIBYTE = 2**20
PEERS = (libraries.DIFFRAX, libraries.TORCHDIFFEQ, libraries.SEMINORM)
TASKS = {"gradient": "Loss and gradient", "score": "Scoring", "sample": "Sampling"}


def seconds(record):
    """The mean of the runs of one repetition."""
    return sum(record["seconds"]) / len(record["seconds"])


def table(header, rows):
    """A Markdown table; no lines where there are no rows."""
    if not rows:
        return []
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def spread(values, form):
    """Median, least and greatest."""
    return f"{form(median(values))} ({form(min(values))}-{form(max(values))})"


def milliseconds(value):
    """Three digits."""
    value *= 1000
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def ratio(value):
    """Two digits after the point below ten."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def groups(records):
    """Workload and weights, in order."""
    return list(dict.fromkeys((r["workload"], r["weights"]) for r in records if "weights" in r))


def chosen(records, workload, weights, task, first=False):
    """Library to its repetitions, in order; or to what it answered first."""
    found = {}
    for r in records:
        repetition = r.get("repetition", -1)
        if r["task"] == task and (repetition == 0 if first else repetition > 0):
            if (r["workload"], r.get("weights")) == (workload, weights):
                found.setdefault(r["library"], []).append(r)
    return found


def timing(records, task):
    """Times of a task, and how many times fjord's they are, repetition by repetition."""
    rows = []
    present = [name for name in libraries.LIBRARIES if any(r["library"] == name for r in records)]
    peers = [name for name in present if name in PEERS]
    if task != "gradient":
        peers = [name for name in peers if name != libraries.SEMINORM]
    shown = [libraries.FJORD, *peers]
    for workload, weights in groups(records):
        by = chosen(records, workload, weights, task)
        if not by:
            continue
        row = [workload, weights]
        row += [
            spread([seconds(r) for r in by[name]], milliseconds) if name in by else "" for name in shown
        ]
        own = [seconds(r) for r in by.get(libraries.FJORD, [])]
        for name in peers:
            ratios = [seconds(r) / o for r, o in zip(by.get(name, []), own)]
            row.append(spread(ratios, ratio) if ratios else "")
        rows.append(row)
    header = ["workload", "weights", *(f"{name}, ms" for name in shown)]
    return table(header + [f"{name} / fjord" for name in peers], rows)


def evaluations(records):
    """Evaluations of the field, forward + backward, of all chunks."""
    rows = []
    for workload, weights in groups(records):
        for task, title in TASKS.items():
            row = [workload, weights, title.lower()]
            by = chosen(records, workload, weights, task, first=True)
            for name in libraries.LIBRARIES:
                found = by.get(name, [{}])[0]
                counts = [str(found[k]) for k in ("forward", "backward") if k in found]
                row.append(" + ".join(counts))
            if by:
                rows.append(row)
    return table(["workload", "weights", "task", *libraries.LIBRARIES], rows)


def compilation(records):
    """Seconds that diffrax compiled, apart from its times above."""
    rows = []
    for workload, weights in groups(records):
        row = [workload, weights]
        for task in TASKS:
            by = chosen(records, workload, weights, task).get(libraries.DIFFRAX)
            row.append(f"{by[-1]['compile_seconds']:.1f}" if by else "")
        rows.append(row)
    return table(["workload", "weights", *(f"{t}, s" for t in TASKS)], rows)


def settings(records):
    """What was tried, and so chosen: rows at once, threads, how traces are found."""
    rows = []
    for workload, weights in groups(records):
        for task, title in TASKS.items():
            row = [workload, weights, title.lower()]
            by = chosen(records, workload, weights, task, first=True)
            for name in libraries.LIBRARIES:
                found = by.get(name, [{}])[0]
                words = []
                if found.get("chunk"):
                    words.append(f"{found['chunk']} rows")
                if found.get("threads"):
                    words.append(f"{found['threads']} threads")
                if found.get("setting") and task != "sample":
                    words.append(found["setting"])
                row.append(", ".join(words))
            if by:
                rows.append(row)
    lines = table(["workload", "weights", "task", *libraries.LIBRARIES], rows)
    waiting = [r for r in records if r["task"] == "waiting"]
    return lines + [f"- {r['workload']}, {r['library']}: threads {r['tried']}" for r in waiting] + [""]


def memory(records):
    """Peak of resident memory, and how much that is above a process that has only loaded."""
    rows = []
    for workload in dict.fromkeys(r["workload"] for r in records if r["task"] == "memory"):
        row = [workload]
        for name in libraries.LIBRARIES:
            of = [
                r
                for r in records
                if (r["task"], r["workload"], r["library"]) == ("memory", workload, name)
            ]
            row += [
                f"{r['peak'] / MEBIBYTE:.0f} ({(r['peak'] - r['before']) / MEBIBYTE:+.0f})"
                for r in of
            ] or [""]
        rows.append(row)
    return table(["workload", *(f"{name}, MiB" for name in libraries.LIBRARIES)], rows)


def differences(agreements):
    """Relative differences of pairs."""
    rows = []
    for a in agreements:
        loss = f"{a['loss_difference']:.1e}" if "loss_difference" in a else ""
        rows.append(
            [a["workload"], a["weights"], a["task"], a["pair"], loss, f"{a['difference']:.1e}"]
        )
    return table(["workload", "weights", "task", "pair", "loss", "in norm"], rows)


def markdown(machine, versions, data, records, agreements):
    """The report as lines."""
    count = max((r.get("repetition", 0) for r in records), default=0)
    lines = [f"Machine: {machine}.", ""]
    lines += [f"- {name}: {version}" for name, version in versions.items()]
    lines += [f"- data of {name}: {words}" for name, words in data.items()]
    lines += ["", f"Median of {count} alternating repetitions, least and greatest beside it.", ""]
    for task, title in TASKS.items():
        lines += [f"### {title}", *timing(records, task)]
    lines += ["### Evaluations of the field", *evaluations(records)]
    lines += ["### Compilation by diffrax", *compilation(records)]
    lines += ["### Settings, the fastest of those tried", *settings(records)]
    lines += ["### Peak memory of a gradient", *memory(records)]
    lines += ["### Agreement (relative differences)", *differences(agreements)]
    return lines


def write(folder, machine, versions, data, records, agreements):
    """Writes report.md, repetitions.csv and results.json."""
    text = "\n".join(markdown(machine, versions, data, records, agreements))
    (folder / "report.md").write_text(text)
    everything = {
        "machine": machine,
        "versions": versions,
        "data": data,
        "records": records,
        "agreement": agreements,
    }
    (folder / "results.json").write_text(json.dumps(everything, indent=1))
    with open(folder / "repetitions.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["workload", "weights", "library", "task", "repetition", "seconds"])
        for r in records:
            if r.get("repetition", 0) > 0:
                key = [r[k] for k in ("workload", "weights", "library", "task", "repetition")]
                out.writerow([*key, seconds(r)])
