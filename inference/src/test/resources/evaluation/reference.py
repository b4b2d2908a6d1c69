"""Writes the samples of this folder and expected.csv: values of SciPy 1.17.1, scikit-learn 1.9.1 and POT 0.9.7.

Run in this folder: python -m venv v && v/bin/pip install scipy==1.17.1 scikit-learn==1.9.1 pot==0.9.7.post1 && v/bin/python reference.py
"""
import numpy as np
import ot
from scipy.spatial.distance import cdist, pdist
from scipy.stats import ks_2samp, kstest
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neural_network import MLPClassifier

random = np.random.default_rng(1)
first = random.standard_normal((300, 2)) @ np.array([[1, 0.5], [0, 1]])
second = random.standard_normal((300, 2)) * 1.2 + [0.6, 0]
small = second[:30] - 0.2
for name, rows in (("first", first), ("second", second), ("small", small)):
    np.savetxt(name + ".csv", rows, delimiter=",", header="a,b", comments="", fmt="%.5f")
first, second, small = (
    np.loadtxt(name + ".csv", delimiter=",", skiprows=1) for name in ("first", "second", "small")
)
out = {}
for j, name in enumerate("ab"):
    whole = ks_2samp(first[:, j], second[:, j], method="asymp")
    out["ks_statistic_" + name] = whole.statistic
    exact = ks_2samp(first[:30, j], small[:, j], method="exact")
    out["ks_small_statistic_" + name] = exact.statistic
    out["ks_small_p_" + name] = exact.pvalue
    out["ks_large_p_" + name] = ks_2samp(first[:, j], second[:, j], method="exact").pvalue
uniform = 1 / (1 + np.exp(-1.7 * first[:40, 0]))
out["ks_uniform_p"] = kstest(uniform, "uniform", method="exact").pvalue

pooled = np.concatenate((first, second))
bandwidth = np.median(pdist(pooled))
gamma = 1 / (2 * bandwidth**2)
n, m = len(first), len(second)
xx, yy = rbf_kernel(first, gamma=gamma), rbf_kernel(second, gamma=gamma)
out["mmd_bandwidth"] = bandwidth
out["mmd_squared"] = (
    (xx.sum() - n) / (n * (n - 1))
    + (yy.sum() - m) / (m * (m - 1))
    - 2 * rbf_kernel(first, second, gamma=gamma).mean()
)

costs = cdist(first, second, "sqeuclidean")
even = np.full(n, 1 / n)
out["w2_exact"] = np.sqrt(ot.emd2(even, even, costs))
for part in (0.05, 0.5):
    plan = ot.sinkhorn(
        even, even, costs, part * costs.mean(), method="sinkhorn_log", stopThr=1e-11, numItermax=20000
    )
    out["w2_entropic_%s" % part] = np.sqrt((plan * costs).sum())
out["w2_sliced"] = ot.sliced_wasserstein_distance(first, second, n_projections=200000, p=2, seed=1)
out["w2_sliced_unequal"] = ot.sliced_wasserstein_distance(first, small, n_projections=200000, p=2, seed=1)

mean, deviation = first.mean(0), first.std(0)
data = np.concatenate(((first - mean) / deviation, (second - mean) / deviation))
labels = np.r_[np.zeros(n), np.ones(m)]
scores = [
    cross_val_score(
        MLPClassifier(hidden_layer_sizes=(20, 20), max_iter=1000, random_state=seed),
        data,
        labels,
        cv=KFold(5, shuffle=True, random_state=seed),
    ).mean()
    for seed in range(20)
]
out["c2st_mean"], out["c2st_deviation"] = np.mean(scores), np.std(scores, ddof=1)
with open("expected.csv", "w") as file:
    file.write("name,value\n" + "".join("%s,%.15g\n" % item for item in out.items()))
