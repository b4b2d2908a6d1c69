"""Fits one posterior by one of numpyro's guides and tells how its bound grew.

Arguments: the posterior, the guide's class, Adam's rate, the time limit in seconds, a seed. Prints
comma-separated lines as fjord's PosteriorTrace does: steps, seconds, bound and its error of each part
of 100 steps, before them "-2" with the seconds until compiled, and at the end "-1" with the bound of
the fitted guide by 20,000 draws. Seconds are those of the processor, which others' work on the machine
changes little, from when the guide was made, compilation included.
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jax import random
from numpyro import optim
from numpyro.infer import SVI, Trace_ELBO, autoguide

import inference_models

PART = 100
SAMPLES = 128  # as fjord's
DRAWS = 20_000


def line(steps, seconds, values):
    """Prints a mean with its standard error."""
    values = np.asarray(values)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0
    print(f"{steps},{seconds:.3f},{values.mean():.6f},{error:.6f}", flush=True)


def main():
    """Fits and prints."""
    name, guide_name, rate, limit, seed = sys.argv[1:]
    rate, limit = float(rate), float(limit)
    numpyro.enable_x64()
    model, constant = inference_models.model_of(name)
    jnp.zeros(1).block_until_ready()  # the device's own start is not counted
    print("steps,seconds,bound,error")
    begin = time.process_time()
    guide = getattr(autoguide, guide_name)(model)
    svi = SVI(model, guide, optim.ClippedAdam(rate, clip_norm=10.0), Trace_ELBO(SAMPLES))
    state = svi.init(random.PRNGKey(int(seed)))

    @jax.jit
    def part(state):
        def step(state, _):
            state, loss = svi.update(state)
            return state, loss

        return jax.lax.scan(step, state, None, length=PART)

    compiled = part.lower(state).compile()
    line(-2, time.process_time() - begin, [0])
    steps = 0
    while time.process_time() - begin < limit:
        state, losses = compiled(state)
        losses.block_until_ready()
        steps += PART
        line(steps, time.process_time() - begin, -losses - constant)
    seconds = time.process_time() - begin
    params = svi.get_params(state)

    def bound(key):
        return -Trace_ELBO().loss(key, params, model, guide) - constant

    keys = random.split(random.PRNGKey(int(seed) + 1), DRAWS)
    line(-1, seconds, jax.lax.map(jax.jit(bound), keys, batch_size=1000))


if __name__ == "__main__":
    main()
