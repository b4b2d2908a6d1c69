"""One solve of a trained flow by diffrax, with its evaluations counted in the field."""

import collections

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

import workloads

# The names that csv files have for its methods.
ADAPTIVE = {"dopri5": diffrax.Dopri5, "dopri8": diffrax.Dopri8}
FIXED = {"euler": diffrax.Euler, "midpoint": diffrax.Midpoint}
ADJOINTS = {
    "forward": diffrax.RecursiveCheckpointAdjoint,
    "discrete": diffrax.RecursiveCheckpointAdjoint,
    "continuous": diffrax.BacksolveAdjoint,
}
MAX_STEPS = 16_384
# Forward mode: counts do not depend on it.
TRACE = "jvp"


class Counter:
    """Counts what is done with a field while compiled code runs."""

    def __init__(self):
        self.counts = collections.Counter()

    def note(self, what):
        """Counts one where the program comes by."""
        jax.debug.callback(lambda: self.counts.update([what]))

    def counting(self, field):
        """The field, with calls counted, those with a derivative, and pull-backs of it."""

        @jax.custom_vjp
        def counted(t, y, weights):
            self.note("evaluated")
            return field(t, y, weights)

        def forwards(t, y, weights):
            self.note("linearized")
            return jax.vjp(field, t, y, weights)

        def backwards(pull, cotangent):
            self.note("pulled back")
            return pull(cotangent)

        counted.defvjp(forwards, backwards)
        return counted


class Solve:
    """Compiled twice: to be timed, and to be counted."""

    def __init__(self, loaded, method, mode):
        self.loaded, self.method, self.mode = loaded, method, mode
        self.counter = Counter()
        self.compiled = {}

    def steps(self, rtol, atol, steps):
        """Solver, control of the steps and first step."""
        if self.method in FIXED:
            end = self.loaded.work.end_time
            return FIXED[self.method](), diffrax.ConstantStepSize(), end / steps
        return ADAPTIVE[self.method](), diffrax.PIDController(rtol=rtol, atol=atol), None

    def make(self, counting):
        """A function of weights, rows and accuracy."""
        work = self.loaded.work
        # A constant: custom_vjp takes no arguments of a function around it.
        probes = None if work.exact_score else self.loaded.probes

        def end(weights, rows, rtol, atol, steps):
            def field(t, state, weights):
                return self.loaded.augmented(TRACE, t, state, weights, probes)

            solver, control, first = self.steps(rtol, atol, steps)
            solution = diffrax.diffeqsolve(
                diffrax.ODETerm(self.counter.counting(field) if counting else field),
                solver,
                0.0,
                work.end_time,
                first,
                (rows, jnp.zeros(len(rows), dtype=rows.dtype)),
                weights,
                stepsize_controller=control,
                adjoint=ADJOINTS[self.mode](),
                saveat=diffrax.SaveAt(t1=True),
                max_steps=MAX_STEPS,
            )
            z, change = (y[0] for y in solution.ys)
            stats = solution.stats
            steps = stats["num_accepted_steps"], stats["num_rejected_steps"]
            return {"state": z, "log_det": change}, steps

        def loss(weights, *arguments):
            found, steps = end(weights, *arguments)
            z = found["state"]
            normal = -0.5 * (jnp.square(z).sum(1) + z.shape[1] * np.log(2 * np.pi))
            return -(normal + found["log_det"]).mean(), steps

        if self.mode == "forward":
            return end
        return jax.value_and_grad(loss, has_aux=True)

    def call(self, counting, request):
        """Runs the compiled function, which is compiled first where that was not done yet."""
        loaded = self.loaded
        accuracy = (float(request["rtol"]), float(request["atol"]), float(request["steps"]))
        arguments = (loaded.weights, loaded.batch, *accuracy)
        if counting not in self.compiled:
            self.compiled[counting] = jax.jit(self.make(counting)).lower(*arguments).compile()
        return jax.block_until_ready(self.compiled[counting](*arguments))

    def run(self, request):
        """(figures, arrays) of the end state with log-determinants, or of a gradient."""
        if not request["count"]:
            self.call(False, request)
            return {}, dict
        self.counter.counts.clear()
        found = self.call(True, request)
        jax.effects_barrier()
        counts = self.counter.counts
        evaluations = counts["evaluated"]
        if self.mode == "forward":
            arrays, (accepted, rejected) = found
        else:
            (_, (accepted, rejected)), gradient = found
            names = workloads.part_names(len(self.loaded.weights))
            arrays = {
                name: part
                for layer, parts in zip(names, gradient)
                for name, part in zip(layer, parts)
            }
        if self.mode == "discrete":
            # Steps are taken again from checkpoints; what that costs is left out, as for fjord.
            forward, _ = self.loaded.solver(self.method, "forward").run(request)
            evaluations = forward["evaluations"]
        figures = {
            "evaluations": evaluations + counts["pulled back"],
            "accepted": int(accepted),
            "rejected": int(rejected),
        }
        return figures, lambda: arrays
