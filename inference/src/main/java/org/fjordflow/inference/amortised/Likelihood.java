package org.fjordflow.inference.amortised;

import org.fjordflow.core.model.internal.ConfigChecks;

/** How the columns of a row are distributed, independently, given what the decoder makes. */
public sealed interface Likelihood {

  /** Columns of 0 and 1; the decoder's outputs are logits. */
  record Bernoulli() implements Likelihood {}

  /**
   * Columns of whole numbers from 0 to {@code levels - 1}, each with a probability of its own. The
   * logits of a column are a trained linear map, the same for all columns, of {@code features}
   * outputs of the decoder: a convolution of one pixel, where rows are images.
   *
   * @param levels at least 2
   * @param features outputs of the decoder for each column, at least 1
   */
  record Categorical(int levels, int features) implements Likelihood {
    /**
     * Checks the sizes.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for one that is too small
     */
    public Categorical {
      ConfigChecks.require(levels >= 2, "levels", levels, "at least 2");
      ConfigChecks.require(features >= 1, "features", features, "at least 1");
    }
  }

  /**
   * Columns of whole numbers from 0 to {@code levels - 1}: a logistic variable rounded to the
   * nearest of them, the first and the last with its tails (Kingma et al. 2016, appendix A). The
   * decoder gives location and scale of each column.
   *
   * @param levels at least 2
   */
  record DiscretizedLogistic(int levels) implements Likelihood {
    /**
     * Checks the size.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for less than 2
     */
    public DiscretizedLogistic {
      ConfigChecks.require(levels >= 2, "levels", levels, "at least 2");
    }
  }

  /** Real columns: normal with the decoder's outputs as means and one trained deviation for all. */
  record Normal() implements Likelihood {}
}
