"""diffrax with recursive checkpointing, everything under jit.

The trace is found by forward or by reverse mode, whichever is faster for a task: both are compiled
and tried when a task is run first. Settings that were tried and made no difference above 5 %: other
numbers of checkpoints, `throw=False`, jacfwd row by row (slower).
"""

import time
from dataclasses import dataclass

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

import diffrax_solve
import worker
import workloads

ACTIVATIONS = {"tanh": jnp.tanh, "softplus": jax.nn.softplus}
# At the start of the first step. Where no first step is given it is 0.01, and nothing is evaluated
# to choose it (diffrax 0.7.2; bench/compare-solvers counts in the field).
FIRST_EVALUATIONS = 1
STAGES = 6


def network(activation, weights, t, z):
    """FFJORD's concatsquash network: dz/dt."""
    for i, (weight, bias, gate, gate_bias, drift) in enumerate(weights):
        z = (z @ weight.T + bias) * jax.nn.sigmoid(gate[:, 0] * t + gate_bias) + drift[:, 0] * t
        if i < len(weights) - 1:
            z = activation(z)
    return z


def by_jvp(field, z):
    """dz/dt, and v -> v (J v) row by row."""
    dz, product = jax.linearize(field, z)
    return dz, lambda v: (v * product(v)).sum(1)


def by_vjp(field, z):
    """dz/dt, and v -> (v J) v row by row."""
    dz, product = jax.vjp(field, z)
    return dz, lambda v: (v * product(v)[0]).sum(1)


TRACES = {"jvp": by_jvp, "vjp": by_vjp}


def divergence(trace, field, z, probes):
    """dz/dt and its divergence: Hutchinson's estimate where there are probes, else exact."""
    dz, quadratic = TRACES[trace](field, z)
    if probes is not None:
        return dz, quadratic(probes)
    units = (jnp.zeros_like(z).at[:, i].set(1) for i in range(z.shape[1]))
    return dz, sum(quadratic(unit) for unit in units)


def solve(field, state, weights, times, tolerance):
    """Solves for the state at the end; gradients go through the steps taken."""
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Dopri5(),
        *times,
        None,
        state,
        weights,
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        adjoint=diffrax.RecursiveCheckpointAdjoint(),
        saveat=diffrax.SaveAt(t1=True),
        # Fewer than the default of 4,096 make shorter lists of checkpoints.
        max_steps=256 if tolerance > 1e-7 else 4096,
    )
    return jax.tree.map(lambda y: y[0], solution.ys), solution.stats["num_steps"]


@dataclass
class Result:
    """Figures, and arrays to be saved."""

    figures: dict
    arrays: object

    def answer(self):
        return self.figures

    def tensors(self):
        return {k: np.asarray(v, dtype=np.float64) for k, v in self.arrays().items()}


class Compiler:
    """Compiles functions that are made for a way to find traces, and keeps the faster one."""

    def __init__(self):
        self.kept = {}

    def function(self, key, make, arguments, setting):
        """(compiled, seconds to compile, trace), compiled when it is needed first."""
        if key not in self.kept:
            candidates = []
            for trace in [setting] if setting else TRACES:
                start = time.perf_counter()
                compiled = jax.jit(make(trace)).lower(*arguments).compile()
                seconds = time.perf_counter() - start
                candidates.append((self.fastest(compiled, arguments), compiled, seconds, trace))
            self.kept[key] = min(candidates, key=lambda c: c[0])[1:]
        return self.kept[key]

    @staticmethod
    def fastest(compiled, arguments):
        """The least of three times, or of one that takes long."""
        seconds = []
        while len(seconds) < 3 and (not seconds or seconds[0] < 1):
            start = time.perf_counter()
            jax.block_until_ready(compiled(*arguments))
            seconds.append(time.perf_counter() - start)
        return min(seconds)


class Loaded:
    """A workload with one set of weights."""

    def __init__(self, compiler, folder, weights, dtype, tolerance, setting):
        self.compiler, self.setting = compiler, setting
        self.chunks = {}
        self.solves = {}
        self.key = (folder, dtype, tolerance)
        self.work = work = workloads.load(folder, weights, dtype, tolerance)
        self.weights = jax.tree.map(jnp.asarray, work.weights)
        self.batch, self.probes, self.scored, self.base = jax.tree.map(
            jnp.asarray, (work.batch, work.probes, work.scored, work.base)
        )

    def information(self):
        """What computes, for the report."""
        return {"version": f"jax {jax.__version__}, diffrax {diffrax.__version__}"}

    def network(self, weights, t, z):
        return network(ACTIVATIONS[self.work.activation], weights, t, z)

    def log_prob(self, trace, weights, rows, probes):
        """Log-densities of rows."""

        def field(t, state, weights):
            return self.augmented(trace, t, state, weights, probes)

        state = (rows, jnp.zeros(len(rows), dtype=rows.dtype))
        times = (0.0, self.work.end_time)
        (z, change), steps = solve(field, state, weights, times, self.work.tolerance)
        normal = -0.5 * (jnp.square(z).sum(1) + z.shape[1] * np.log(2 * np.pi))
        return normal + change, steps

    def run(self, task, make, chunks):
        """Runs what `make(trace)` gives on each chunk; results of chunks, and figures."""
        key = (self.key, task, len(chunks))
        setting = "jvp" if task == "sample" else self.setting  # there is no trace in samples
        compiled, seconds, trace = self.compiler.function(key, make, chunks[0], setting)
        results = [compiled(*chunk) for chunk in chunks]
        jax.block_until_ready(results)
        steps = [int(steps) for _, steps in (r[:2] for r in self.flat(results))]
        figures = {
            "forward": sum(FIRST_EVALUATIONS + STAGES * n for n in steps),
            "compile_seconds": seconds,
            "setting": trace,
        }
        return results, figures

    @staticmethod
    def flat(results):
        """(value, steps) of results, the value_and_grad's among them."""
        return [r[0] if isinstance(r[0], tuple) else r for r in results]

    def split(self, name, chunk):
        """Chunks of equal size, since each size is compiled for itself; made once."""
        if (name, chunk) not in self.chunks:
            rows = getattr(self, name)
            if len(rows) % chunk:
                raise ValueError(f"{len(rows)} rows in chunks of {chunk}")
            self.chunks[name, chunk] = jnp.split(rows, len(rows) // chunk)
        return self.chunks[name, chunk]

    def gradient(self):
        """Loss and gradient of the batch."""
        probes = None if self.work.exact_gradient else self.probes

        def make(trace):
            def loss(weights, rows, probes):
                values, steps = self.log_prob(trace, weights, rows, probes)
                return -values.mean(), steps

            return jax.value_and_grad(loss, has_aux=True)

        results, figures = self.run("gradient", make, [(self.weights, self.batch, probes)])
        ((value, _), gradient), = results
        figures.update(loss=float(value), backward=figures["forward"])
        names = workloads.part_names(len(self.weights))
        return Result(
            figures,
            lambda: {
                name: part
                for layer, parts in zip(names, gradient)
                for name, part in zip(layer, parts)
            },
        )

    def score(self, chunk):
        """Log-densities of the rows that are scored."""
        probes = None if self.work.exact_score else self.probes

        def make(trace):
            return lambda weights, rows, probes: self.log_prob(trace, weights, rows, probes)

        chunks = [(self.weights, rows, probes) for rows in self.split("scored", chunk)]
        results, figures = self.run("score", make, chunks)
        return Result(
            figures,
            lambda: {"scores": jnp.concatenate([r[0] for r in results]).reshape(-1, 1)},
        )

    def sample(self, chunk):
        """Data from base points."""

        def make(_):
            def samples(weights, base):
                times = (self.work.end_time, 0.0)

                def field(t, z, weights):
                    return self.network(weights, t, z)

                return solve(field, base, weights, times, self.work.tolerance)

            return samples

        chunks = [(self.weights, rows) for rows in self.split("base", chunk)]
        results, figures = self.run("sample", make, chunks)
        return Result(figures, lambda: {"samples": jnp.concatenate([r[0] for r in results])})

    def augmented(self, trace, t, state, weights, probes):
        """The network with its divergence beside it."""
        return divergence(trace, lambda z: self.network(weights, t, z), state[0], probes)

    def solver(self, method, mode):
        """Solves by one method; kept, since it is compiled."""
        if (method, mode) not in self.solves:
            self.solves[method, mode] = diffrax_solve.Solve(self, method, mode)
        return self.solves[method, mode]

    def solve(self, request):
        """The batch by one method; see diffrax_solve.py."""
        return Result(*self.solver(request["method"], request["mode"]).run(request))


if __name__ == "__main__":
    compiler = Compiler()
    worker.serve(lambda *request: Loaded(compiler, *request))
