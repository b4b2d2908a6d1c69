"""Detectors of scikit-learn and PyOD on ADBench's sets, beside fjord's; see docs/guide-anomaly.md."""

import argparse
import csv
import os
import re
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # as fjord's fits

import numpy as np
from pyod.models.ecod import ECOD
from pyod.models.knn import KNN
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor

HEADER = ["set", "detector", "seed", "auroc", "average_precision", "fit_s", "score_s"]
SEEDED = "IsolationForest"
OURS = "fjord"


def detectors(seed):
    """The detectors with the settings that their libraries give them, LOF for rows not fitted."""
    return {
        SEEDED: IsolationForest(random_state=seed),
        "LocalOutlierFactor": LocalOutlierFactor(novelty=True),
        "ECOD": ECOD(),
        "KNN": KNN(),
    }


def read(folder, name):
    """Rows to train on, rows to test with, and whether those are anomalies."""
    file = next(f for f in folder.glob("*.npz") if re.sub(r"^\d+_", "", f.stem).lower() == name)
    with np.load(file, allow_pickle=False) as arrays:
        rows, labels = arrays["X"].astype(float), arrays["y"].ravel() != 0
    normals = np.flatnonzero(~labels)
    train = normals[: len(normals) // 2]
    test = np.setdiff1d(np.arange(len(rows)), train)
    centre, scale = rows[train].mean(axis=0), rows[train].std(axis=0)
    scale[scale == 0] = 1
    rows = (rows - centre) / scale
    return rows[train], rows[test], labels[test]


def higher_is_odd(detector, rows):
    """Scores, higher for what is less like the rows fitted."""
    if isinstance(detector, (ECOD, KNN)):
        return detector.decision_function(rows)
    return -detector.score_samples(rows)


def measure(folder, name, label, seed):
    """One detector on one set."""
    train, test, odd = read(folder, name)
    detector = detectors(seed)[label]
    start = time.perf_counter()
    detector.fit(train)
    fitted = time.perf_counter()
    scores = higher_is_odd(detector, test)
    scored = time.perf_counter()
    return [
        name,
        label,
        seed,
        roc_auc_score(odd, scores),
        average_precision_score(odd, scores),
        fitted - start,
        scored - fitted,
    ]


def rows_of(file):
    """The lines of a file of results, or none."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def main():
    """Measures what the results have not, and prints the table."""
    parser = argparse.ArgumentParser(prog="compare-anomaly", description=__doc__)
    parser.add_argument("--ours", type=Path, required=True, help="results of bench/anomaly")
    parser.add_argument("--results", type=Path, required=True, help="of the others; gone on with")
    options = parser.parse_args()
    folder = Path(os.environ["FJORD_DATA"]) / "adbench"
    ours = [row for row in rows_of(options.ours) if row["trial"] == "protocol"]
    trials = sorted({(row["set"], int(row["seed"])) for row in ours}, key=lambda t: (t[1], t[0]))
    done = {(row["set"], row["detector"], int(row["seed"])) for row in rows_of(options.results)}
    if not options.results.is_file():
        options.results.write_text(",".join(HEADER) + "\n", encoding="utf-8")
    for name, seed in trials:
        for label in detectors(seed):
            if (name, label, seed) not in done and (seed == 0 or label == SEEDED):
                result = measure(folder, name, label, seed)
                with options.results.open("a", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerow(result)
                print(*result, file=sys.stderr)
    table(ours, rows_of(options.results))


def table(ours, others):
    """Means over the sets, each set's over its seeds."""
    values = defaultdict(lambda: defaultdict(list))
    for row in [{**row, "detector": OURS} for row in ours] + others:
        numbers = [float(row[column]) for column in HEADER[3:]]
        values[row["detector"]][row["set"]].append(numbers)
    print("| detector | sets | AUROC | average precision | fit, s | score, s |")
    print("|---|---|---|---|---|---|")
    for label, sets in values.items():
        means = [[mean(column) for column in zip(*numbers)] for numbers in sets.values()]
        auroc, precision, fit, score = (mean(column) for column in zip(*means))
        print(
            f"| {label} | {len(sets)} | {100 * auroc:.2f} | {precision:.3f}"
            f" | {fit:.2f} | {score:.3f} |"
        )


if __name__ == "__main__":
    main()
