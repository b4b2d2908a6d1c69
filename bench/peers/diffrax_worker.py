"""diffrax with recursive checkpointing, everything under jit."""

import time
from dataclasses import dataclass

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

import worker
import workloads

ACTIVATIONS = {"tanh": jnp.tanh, "softplus": jax.nn.softplus}
FIRST_STEP_EVALUATIONS = 2
STAGES = 6


def network(activation, weights, t, z):
    """FFJORD's concatsquash network: dz/dt."""
    for i, (weight, bias, gate, gate_bias, drift) in enumerate(weights):
        z = (z @ weight.T + bias) * jax.nn.sigmoid(gate[:, 0] * t + gate_bias) + drift[:, 0] * t
        if i < len(weights) - 1:
            z = activation(z)
    return z


def solve(field, state, weights, start, end, tolerance):
    """Solves for the state at the end; gradients go through the steps taken."""
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Dopri5(),
        start,
        end,
        None,
        state,
        weights,
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        adjoint=diffrax.RecursiveCheckpointAdjoint(),
        saveat=diffrax.SaveAt(t1=True),
    )
    return jax.tree.map(lambda y: y[0], solution.ys), solution.stats["num_steps"]


@dataclass
class Result:
    """Figures, and arrays to be saved."""

    figures: dict
    arrays: object

    def answer(self):
        return {k: v() for k, v in self.figures.items()}

    def tensors(self):
        return {k: np.asarray(v, dtype=np.float64) for k, v in self.arrays().items()}


class Loaded:
    """A workload with one set of weights."""

    def __init__(self, folder, weights, dtype, tolerance):
        self.work = work = workloads.load(folder, weights, dtype, tolerance)
        self.weights = jax.tree.map(jnp.asarray, work.weights)
        self.batch, self.probes, self.scored, self.base = jax.tree.map(
            jnp.asarray, (work.batch, work.probes, work.scored, work.base)
        )
        self.compile_seconds = {}
        self.compiled = {}

    def information(self):
        """What computes, for the report."""
        return {"version": f"jax {jax.__version__}, diffrax {diffrax.__version__}"}

    def network(self, weights, t, z):
        return network(ACTIVATIONS[self.work.activation], weights, t, z)

    def log_prob(self, exact, weights, rows, probes):
        """Log-densities of rows."""

        def field(t, state, weights):
            def at(z):
                return self.network(weights, t, z)

            z = state[0]
            if exact:
                def tangent(direction):
                    return jax.jvp(at, (z,), (jnp.broadcast_to(direction, z.shape),))

                dz, columns = jax.vmap(tangent, out_axes=(None, 0))(jnp.eye(z.shape[1], dtype=z.dtype))
                return dz, jnp.einsum("inj,ij->n", columns, jnp.eye(z.shape[1], dtype=z.dtype))
            dz, product = jax.jvp(at, (z,), (probes,))
            return dz, (product * probes).sum(1)

        state = (rows, jnp.zeros(len(rows), dtype=rows.dtype))
        (z, change), steps = solve(
            field, state, weights, 0.0, self.work.end_time, self.work.tolerance
        )
        normal = -0.5 * (jnp.square(z).sum(1) + z.shape[1] * np.log(2 * np.pi))
        return normal + change, steps

    def run(self, name, function, *arguments):
        """Runs a function; it is compiled when it is needed first, and that time kept."""
        if name not in self.compiled:
            start = time.perf_counter()
            self.compiled[name] = jax.jit(function).lower(*arguments).compile()
            self.compile_seconds[name] = time.perf_counter() - start
        return jax.block_until_ready(self.compiled[name](*arguments))

    def gradient(self):
        """Loss and gradient of the batch."""

        def loss(weights, rows, probes):
            values, steps = self.log_prob(self.work.exact_gradient, weights, rows, probes)
            return -values.mean(), steps

        (value, steps), gradient = self.run(
            "gradient",
            jax.value_and_grad(loss, has_aux=True),
            self.weights,
            self.batch,
            self.probes,
        )
        names = workloads.part_names(len(self.weights))
        return Result(
            {
                "loss": lambda: float(value),
                "forward": lambda: FIRST_STEP_EVALUATIONS + STAGES * int(steps),
                "backward": lambda: STAGES * int(steps),
                "compile_seconds": lambda: self.compile_seconds["gradient"],
            },
            lambda: {
                name: part
                for layer, parts in zip(names, gradient)
                for name, part in zip(layer, parts)
            },
        )

    def score(self):
        """Log-densities of the rows that are scored."""

        def scores(weights, rows, probes):
            return self.log_prob(self.work.exact_score, weights, rows, probes)

        values, steps = self.run("score", scores, self.weights, self.scored, self.probes)
        return Result(
            {
                "forward": lambda: FIRST_STEP_EVALUATIONS + STAGES * int(steps),
                "compile_seconds": lambda: self.compile_seconds["score"],
            },
            lambda: {"scores": values.reshape(-1, 1)},
        )

    def sample(self):
        """Data from base points."""

        def samples(weights, base):
            return solve(
                lambda t, z, weights: self.network(weights, t, z),
                base,
                weights,
                self.work.end_time,
                0.0,
                self.work.tolerance,
            )

        values, steps = self.run("sample", samples, self.weights, self.base)
        return Result(
            {
                "forward": lambda: FIRST_STEP_EVALUATIONS + STAGES * int(steps),
                "compile_seconds": lambda: self.compile_seconds["sample"],
            },
            lambda: {"samples": values},
        )


if __name__ == "__main__":
    worker.serve(Loaded)
