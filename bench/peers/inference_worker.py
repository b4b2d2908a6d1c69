"""Fits one posterior by one of numpyro's guides and tells how its bound grew.

Arguments: the posterior, the guide's class, the time limit in seconds, a seed. Adam's rate is 0.01
for half of the time after compilation, then falls along half a cosine. Prints comma-separated
lines as fjord's PosteriorTrace does: steps, seconds, bound and its error of each part of 100 steps,
before them "-2" with the seconds until compiled, and at the end "-1" with the bound of the fitted
guide by 20,000 draws. Seconds are those of the processor, which others' work on the machine changes
little, from when the guide was made, compilation included.
"""

import math
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
RATE = 0.01


def adam(rate):
    """The optimiser, with gradients clipped as fjord's."""
    return optim.ClippedAdam(lambda _: rate, clip_norm=10.0)


def rate_at(share):
    """The rate where a share of the time is over."""
    falling = max(0, 2 * min(share, 1) - 1)
    return RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * falling)))


def line(steps, seconds, values):
    """Prints a mean with its standard error."""
    values = np.asarray(values)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0
    print(f"{steps},{seconds:.3f},{values.mean():.6f},{error:.6f}", flush=True)


def main():
    """Fits and prints."""
    name, guide_name, limit, seed = sys.argv[1:]
    limit = float(limit)
    numpyro.enable_x64()
    model, constant = inference_models.model_of(name)
    jnp.zeros(1).block_until_ready()  # the device's own start is not counted
    print("steps,seconds,bound,error")
    begin = time.process_time()
    guide = getattr(autoguide, guide_name)(model)
    svi = SVI(model, guide, adam(RATE), Trace_ELBO(SAMPLES))
    state = svi.init(random.PRNGKey(int(seed)))

    @jax.jit
    def part(state, rate):
        svi.optim = adam(rate)  # whose state does not depend on the rate
        return jax.lax.scan(lambda s, _: svi.update(s), state, None, length=PART)

    compiled = part.lower(state, RATE).compile()
    ready = seconds = time.process_time() - begin
    line(-2, ready, [0])
    steps = 0
    while seconds < limit:
        state, losses = compiled(state, rate_at((seconds - ready) / (limit - ready)))
        losses.block_until_ready()
        steps += PART
        seconds = time.process_time() - begin
        line(steps, seconds, -losses - constant)
    params = svi.get_params(state)

    def bound(key):
        return -Trace_ELBO().loss(key, params, model, guide) - constant

    keys = random.split(random.PRNGKey(int(seed) + 1), DRAWS)
    line(-1, seconds, jax.lax.map(jax.jit(bound), keys, batch_size=1000))


if __name__ == "__main__":
    main()
