package org.fjordflow.inference.amortised;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.Flows;
import org.fjordflow.inference.internal.IdentityStart;

/**
 * What is done to the normal draws of an encoder (Rezende and Mohamed 2015, section 4): an
 * invertible map whose parameters come from the encoder, for each row its own.
 */
@FunctionalInterface
public interface PosteriorFlow {

  /** The map. */
  @FunctionalInterface
  interface Map {
    /**
     * Maps draws.
     *
     * @param pass tape, randomness and purpose
     * @param z0 n x latent
     * @param features of the encoder, n x features
     * @return the images and log |det dz/dz0|
     */
    Transformed apply(Pass pass, Var z0, Var features);
  }

  /**
   * Makes the map.
   *
   * @param parameters where its parameters are added. Modified.
   * @param latent columns of the draws
   * @param features columns of the encoder's features
   * @param random source of the initial values
   */
  Map create(Parameters parameters, int latent, int features, RandomGenerator random);

  /** Normal posteriors. */
  static PosteriorFlow none() {
    return new Normal();
  }

  /** Planar layers, at first the identity; u, w and b of each are linear in the features. */
  static PosteriorFlow planar(int layers) {
    return new Planar(layers);
  }

  /**
   * Radial layers, at first the identity; centre, alpha and beta of each are linear in the
   * features.
   */
  static PosteriorFlow radial(int layers) {
    return new Radial(layers);
  }

  /**
   * Inverse autoregressive layers (Kingma et al. 2016): affine maps by masked networks of earlier
   * columns and the features.
   *
   * @param width of the networks' two hidden layers
   */
  static PosteriorFlow inverseAutoregressive(int layers, int width) {
    return new InverseAutoregressive(layers, width);
  }

  /**
   * Orthogonal Sylvester layers (van den Berg et al. 2018, section 3.1), all of whose parameters
   * are linear in the features.
   *
   * @param rank orthonormal columns, at most as many as latent ones
   */
  static PosteriorFlow orthogonalSylvester(int layers, int rank) {
    return new Sylvester(layers, rank, 0);
  }

  /**
   * Householder Sylvester layers (van den Berg et al. 2018, section 3.2), all of whose parameters
   * are linear in the features.
   *
   * @param rank orthonormal columns, at most as many as latent ones
   * @param reflections whose product has these columns, at least 1
   */
  static PosteriorFlow householderSylvester(int layers, int rank, int reflections) {
    ConfigChecks.require(reflections >= 1, "reflections", reflections, "at least 1");
    return new Sylvester(layers, rank, reflections);
  }

  /**
   * Continuous flows (Grathwohl et al. 2019, section 4.2), of fields whose weights the features
   * change by matrices of a low rank.
   *
   * @param rank of the changes, at least 1
   * @param hidden widths of a field's hidden layers
   */
  static PosteriorFlow continuous(int blocks, int rank, Integer... hidden) {
    return new Continuous(blocks, rank, List.of(hidden), Continuous.standard());
  }

  /**
   * Any family, with the features as context. Draws go through its forward direction, so one whose
   * fast direction is forward fits.
   *
   * @param family its columns are replaced by the latent ones
   */
  static PosteriorFlow of(Family family) {
    return new OfFamily(family);
  }

  /** A family of bijections. */
  @FunctionalInterface
  interface Family {
    /** The configuration for so many columns. */
    BijectionConfig of(int columns);
  }

  /** No map. */
  record Normal() implements PosteriorFlow {
    @Override
    public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
      return (pass, z0, given) ->
          Transformed.exact(z0, pass.tape().constant(new double[z0.rows()], z0.rows(), 1));
    }
  }

  /** See {@link #planar}. */
  record Planar(int layers) implements PosteriorFlow {
    @Override
    public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
      return linear(Flows.planar(latent, layers), parameters, features, random);
    }
  }

  /** See {@link #radial}. */
  record Radial(int layers) implements PosteriorFlow {
    @Override
    public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
      return linear(Flows.radial(latent, layers), parameters, features, random);
    }
  }

  /** See {@link #inverseAutoregressive}. */
  record InverseAutoregressive(int layers, int width) implements PosteriorFlow {
    @Override
    public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
      // What goes from data to base in one use of a network is what draws have to go through here.
      return conditional(Flows.maf(latent, layers, width), parameters, features, random);
    }
  }

  /** See {@link #of}. */
  record OfFamily(Family family) implements PosteriorFlow {
    @Override
    public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
      return conditional(family.of(latent), parameters, features, random);
    }
  }

  private static Map conditional(
      BijectionConfig config, Parameters parameters, int features, RandomGenerator random) {
    Bijection bijection =
        parameters.within(
            "posterior.", () -> config.withContext(features).bijection(parameters, random));
    return bijection::forward;
  }

  /**
   * Layers whose parameters are linear in the features, at first the identity. The features are
   * made small for them, a tenth: Adam and Adamax change all weights alike, and so many parameters
   * of a row would otherwise change faster than the encoder and the decoder can follow.
   */
  private static Map linear(
      BijectionConfig config, Parameters parameters, int features, RandomGenerator random) {
    Map map = conditional(config, parameters, features, random);
    IdentityStart.setForRows(config, "posterior.", parameters);
    double scale = 0.1;
    return (pass, z0, given) -> map.apply(pass, z0, pass.tape().affine(scale, given, 0));
  }
}
