"""Posteriors of sbibm's tasks by sbi, from the simulations that bench/sbibm trained on.

posteriors.py RESULTS DATA TASKS OBSERVATIONS trains sbi's neural posterior estimation with a spline flow and its other
defaults on RESULTS/TASK-simulations.npy, by one thread, and writes RESULTS/TASK-sbi-training.csv (name, seconds of the
processor) and RESULTS/TASK-sbi-N.npy, 10,000 draws for each observation of DATA. What is there is not computed again.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from sbi.inference import NPE
from sbi.utils import BoxUniform, MultipleIndependent

DRAWS = 10_000


def box(count, bound):
    """Independent and uniform."""
    return BoxUniform(-bound * torch.ones(count), bound * torch.ones(count))


def log_normal(median, deviation):
    """Of one parameter."""
    return torch.distributions.LogNormal(
        torch.tensor([math.log(median)]), torch.tensor([deviation])
    )


PRIORS = {
    "two_moons": lambda: box(2, 1.0),
    "gaussian_linear": lambda: torch.distributions.MultivariateNormal(
        torch.zeros(10), 0.1 * torch.eye(10)
    ),
    "gaussian_linear_uniform": lambda: box(10, 1.0),
    "gaussian_mixture": lambda: box(2, 10.0),
    "sir": lambda: MultipleIndependent([log_normal(0.4, 0.5), log_normal(0.125, 0.2)]),
}


def complete(task, results, data, observations):
    """Trains and draws."""
    wanted = [results / f"{task}-sbi-{i}.npy" for i in range(1, observations + 1)]
    if all(file.exists() for file in wanted):
        return
    torch.manual_seed(1)
    prior = PRIORS[task]()
    count = prior.event_shape[0]
    rows = torch.tensor(np.load(results / f"{task}-simulations.npy"), dtype=torch.float32)
    start = time.process_time()
    estimation = NPE(prior=prior, density_estimator="nsf", show_progress_bars=False)
    estimator = estimation.append_simulations(rows[:, :count], rows[:, count:]).train()
    seconds = time.process_time() - start
    posterior = estimation.build_posterior(estimator)
    for i, file in enumerate(wanted, 1):
        observed = np.loadtxt(
            data / task / "files" / f"num_observation_{i}" / "observation.csv",
            delimiter=",",
            skiprows=1,
        )
        drawn = posterior.sample(
            (DRAWS,),
            x=torch.tensor(observed, dtype=torch.float32).reshape(1, -1),
            show_progress_bars=False,
        )
        np.save(file, drawn.double().numpy())
    (results / f"{task}-sbi-training.csv").write_text(f"{task},{seconds:.1f}\n", encoding="utf-8")


def main():
    """Does what is missing."""
    results, data = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    for task in sys.argv[3].split(","):
        complete(task, results, data, int(sys.argv[4]))


if __name__ == "__main__":
    main()
