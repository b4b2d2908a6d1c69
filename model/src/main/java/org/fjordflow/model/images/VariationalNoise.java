package org.fjordflow.model.images;

import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.ConfigChecks;

/**
 * Variational dequantisation (Ho et al. 2019): where in its level a number is put follows from a
 * small flow that sees the whole image, and is trained with the model. Coupling layers move the
 * noise of every other pixel, as on a chessboard, by networks of two convolutions of three pixels
 * and one of one pixel between them.
 *
 * @param couplings coupling layers, at least 1; two of them move all pixels once
 * @param hiddenChannels channels of the networks' hidden layers, at least 1
 */
public record VariationalNoise(int couplings, int hiddenChannels) {

  private static final int COUPLINGS = 4;
  private static final int CHANNELS = 32;

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION for sizes that are not positive
   */
  public VariationalNoise {
    ConfigChecks.require(couplings >= 1, "couplings", couplings, "at least 1");
    ConfigChecks.require(hiddenChannels >= 1, "hiddenChannels", hiddenChannels, "at least 1");
  }

  /** Four layers whose networks have 32 hidden channels. */
  public static VariationalNoise standard() {
    return new VariationalNoise(COUPLINGS, CHANNELS);
  }
}
