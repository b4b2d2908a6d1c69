"""Writes two samples and SciPy's assignment of one to the other (NumPy 1.26 or later, SciPy)."""

import numpy as np
from scipy.optimize import linear_sum_assignment

random = np.random.default_rng(7)
source = random.normal(size=(60, 3))
data = random.normal(size=(60, 3)) * [0.5, 1.0, 2.0] + [1.0, 0.0, -1.0]
costs = ((data[:, None, :] - source[None, :, :]) ** 2).sum(axis=2)
rows, pairs = linear_sum_assignment(costs)
for name, values in (("source", source), ("data", data), ("pairs", pairs[:, None])):
    np.savetxt(f"{name}.csv", values, delimiter=",", fmt="%.17g")
print(costs[rows, pairs].sum())
