"""posteriordb's eleven posteriors as numpyro models, with the constants of fjord's examples.

Each is a function without arguments that makes the model, and a constant in nats: what numpyro's
log-density has more than fjord's, whose scales that are positive have the density of the whole
Cauchy or normal distribution, as in Stan.
"""

import json
import math
import os
import zipfile
from functools import partial
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints

LOG_TWO = math.log(2)


def data_of(name):
    """The data of a posterior."""
    folder = Path(os.environ["FJORD_DATA"]) / "posteriordb" / "data"
    with zipfile.ZipFile(folder / f"{name.split('-')[0]}.json.zip") as file:
        data = json.loads(file.read(file.namelist()[0]))
    return {key: np.asarray(value, dtype=float) for key, value in data.items()}


def flat_reals(count):
    """No prior, of real numbers."""
    return dist.ImproperUniform(constraints.real, (), (count,))


def flat_positive():
    """No prior, of a positive number."""
    return dist.ImproperUniform(constraints.positive, (), ())


def normals(count, deviation):
    """Independent normals around zero."""
    return dist.Normal(jnp.zeros(count), deviation).to_event(1)


def regression(x, y, beta_prior, sigma_prior):
    """y ~ normal(x beta, sigma)."""
    beta = numpyro.sample("beta", beta_prior)
    sigma = numpyro.sample("sigma", sigma_prior)
    numpyro.sample("y", dist.Normal(x @ beta, sigma), obs=y)


def of_regression(x, y, beta_prior=None, sigma_prior=None):
    """The model of a regression, by default without priors."""
    beta_prior = beta_prior or flat_reals(x.shape[1])
    return partial(regression, x, y, beta_prior, sigma_prior or flat_positive())


def ark(data):
    """An autoregressive process of order 5; alpha comes before beta."""
    y = data["y"]
    x = np.stack([np.ones(len(y) - 5)] + [y[5 - k : -k] for k in range(1, 6)], axis=1)
    return of_regression(x, y[5:], normals(6, 10.0), dist.HalfCauchy(2.5)), LOG_TWO


def earn_height(data):
    """Earnings by height."""
    x = np.stack([np.ones_like(data["height"]), data["height"]], axis=1)
    return of_regression(x, data["earn"]), 0


def logearn_interaction(data):
    """Logarithms of earnings by height and sex."""
    height, male = data["height"], data["male"]
    x = np.stack([np.ones_like(height), height, male, height * male], axis=1)
    return of_regression(x, np.log(data["earn"])), 0


def eight_schools(data):
    """Eight schools, not centred; tau's prior is half a Cauchy distribution in fjord too."""

    def model():
        z = numpyro.sample("z", normals(8, 1.0))
        mu = numpyro.sample("mu", dist.Normal(0, 5))
        tau = numpyro.sample("tau", dist.HalfCauchy(5))
        numpyro.sample("y", dist.Normal(mu + tau * z, data["sigma"]), obs=data["y"])

    return model, 0


def kidscore_interaction(data):
    """Test scores by their mothers' schooling and score."""
    school, score = data["mom_hs"], data["mom_iq"]
    x = np.stack([np.ones_like(score), school, score, school * score], axis=1)
    return of_regression(x, data["kid_score"], None, dist.HalfCauchy(2.5)), LOG_TWO


def kidscore_momiq(data):
    """Test scores by their mothers' score."""
    x = np.stack([np.ones_like(data["mom_iq"]), data["mom_iq"]], axis=1)
    return of_regression(x, data["kid_score"], None, dist.HalfCauchy(2.5)), LOG_TWO


def kilpisjarvi(data):
    """A line through temperatures."""
    x = np.stack([np.ones_like(data["x"]), data["x"]], axis=1)
    means = jnp.array([data["pmualpha"], data["pmubeta"]])
    deviations = jnp.array([data["psalpha"], data["psbeta"]])
    return of_regression(x, data["y"], dist.Normal(means, deviations).to_event(1)), 0


def gauss_mix(data):
    """Two normals whose means are in order."""

    def model():
        mu = numpyro.sample("mu", dist.ImproperUniform(constraints.ordered_vector, (), (2,)))
        numpyro.factor("mu_prior", dist.Normal(0, 2).log_prob(mu).sum())
        sigma = numpyro.sample("sigma", dist.HalfNormal(2).expand((2,)).to_event(1))
        theta = numpyro.sample("theta", dist.Beta(5, 5))
        logs = dist.Normal(mu, sigma).log_prob(data["y"][:, None])
        shares = jnp.log(jnp.stack([theta, 1 - theta]))
        numpyro.factor("y", jnp.logaddexp(*(logs + shares).T).sum())

    return model, 2 * LOG_TWO


def mesquite(data):
    """Logarithms of the weights of bushes by their sizes."""
    first, second = data["diam1"], data["diam2"]
    x = np.stack(
        [
            np.ones_like(first),
            np.log(first * second * data["canopy_height"]),
            np.log(first * second),
            np.log(first / second),
            np.log(data["total_height"]),
            np.log(data["density"]),
            data["group"],
        ],
        axis=1,
    )
    return of_regression(x, np.log(data["weight"])), 0


def bayesian(data):
    """A regression with normal priors."""
    x = data["X"]
    return of_regression(x, data["y"], normals(x.shape[1], 10.0), dist.HalfNormal(10)), LOG_TWO


MODELS = {
    "arK-arK": ark,
    "earnings-earn_height": earn_height,
    "earnings-logearn_interaction": logearn_interaction,
    "eight_schools-eight_schools_noncentered": eight_schools,
    "kidiq-kidscore_interaction": kidscore_interaction,
    "kidiq-kidscore_momiq": kidscore_momiq,
    "kilpisjarvi_mod-kilpisjarvi": kilpisjarvi,
    "low_dim_gauss_mix-low_dim_gauss_mix": gauss_mix,
    "mesquite-logmesquite_logvas": mesquite,
    "sblrc-blr": bayesian,
    "sblri-blr": bayesian,
}


def model_of(name):
    """The model and the constant of a posterior."""
    return MODELS[name](data_of(name))
