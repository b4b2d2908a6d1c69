package org.fjordflow.inference.amortised;

import org.fjordflow.core.model.internal.ConfigChecks;

/**
 * What a variational autoencoder is made of (Kingma and Welling 2014; Rezende, Mohamed and Wierstra
 * 2014).
 *
 * @param columns of data, at least 1
 * @param latent columns of what is behind them, standard normal a priori; at least 1
 * @param features of a row that the encoder makes, on which the posterior depends; at least 1
 * @param encoder from columns to features
 * @param decoder from latent columns to what the likelihood wants
 * @param likelihood of the columns
 * @param posterior what is done to the encoder's normal draws
 */
public record VaeConfig(
    int columns,
    int latent,
    int features,
    NetworkConfig encoder,
    NetworkConfig decoder,
    Likelihood likelihood,
    PosteriorFlow posterior) {

  /**
   * Checks the sizes.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for one below 1
   */
  public VaeConfig {
    ConfigChecks.require(columns >= 1, "columns", columns, "at least 1");
    ConfigChecks.require(latent >= 1, "latent", latent, "at least 1");
    ConfigChecks.require(features >= 1, "features", features, "at least 1");
  }

  /** The same with another posterior. */
  public VaeConfig withPosterior(PosteriorFlow other) {
    return new VaeConfig(columns, latent, features, encoder, decoder, likelihood, other);
  }
}
