package org.fjordflow.cnf.matching;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.fjordflow.core.model.internal.ConfigChecks;

/** Which row of the source goes to which row of data, within a batch. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Pairing.Independent.class, name = "independent"),
  @JsonSubTypes.Type(value = Pairing.Transport.class, name = "transport"),
  @JsonSubTypes.Type(value = Pairing.Entropic.class, name = "entropic"),
  @JsonSubTypes.Type(value = Pairing.ConditionalTransport.class, name = "conditional-transport")
})
public sealed interface Pairing {

  /** Returns whether rows are paired by their places, but not by their contexts. */
  default boolean ignoresContext() {
    return false;
  }

  /** As they are drawn. */
  record Independent() implements Pairing {}

  /**
   * By optimal transport of the batch (Tong et al. 2024; Pooladian et al. 2023): the permutation of
   * the least sum of squared distances, so that no row is left out and none comes twice. Paths
   * cross less, and fields have less to even out. In time about as the square to the cube of the
   * batch.
   */
  record Transport() implements Pairing {
    @Override
    public boolean ignoresContext() {
      return true;
    }
  }

  /**
   * Drawn from the entropic plan of the batch, as of a Schroedinger bridge (Tong et al. 2024,
   * SB-CFM). A row of the source may come more than once.
   *
   * @param regularization weight of the entropy, as a part of the mean squared distance of rows of
   *     both; positive
   */
  record Entropic(double regularization) implements Pairing {
    /**
     * Checks the weight.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it is not positive and
     *     finite
     */
    public Entropic {
      ConfigChecks.require(
          regularization > 0 && regularization < Double.POSITIVE_INFINITY,
          "regularization",
          regularization,
          "positive, finite");
    }

    @Override
    public boolean ignoresContext() {
      return true;
    }
  }

  /**
   * By optimal transport that knows the contexts (C2OT, Cheng and Schwing 2025): each row of the
   * source takes the context of the row of data that it was drawn beside, and the cost of a pair is
   * the squared distance of its rows plus w times that of its contexts. So the source stays about
   * the same for every context. Without context it is {@link Transport}.
   *
   * @param share part of all pairs of a batch that cost less than the pair that was drawn; w is
   *     found for each batch so that there are as many. The less, the less the context is ignored;
   *     rows of the same context are paired freely at any share
   */
  record ConditionalTransport(double share) implements Pairing {
    /**
     * Checks the share.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it is not from 0 to below
     *     1
     */
    public ConditionalTransport {
      ConfigChecks.require(share >= 0 && share < 1, "share", share, "at least 0, below 1");
    }
  }
}
