package org.fjordflow.discrete;

import java.util.List;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.discrete.parts.Bijections.TransformerConfig;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * Flows known by name, from data to a standard normal:
 *
 * <pre>{@code
 * Parameters parameters = new Parameters(backend);
 * Flow flow = Flows.maf(dim, 5, 128).create(parameters, random);
 * }</pre>
 *
 * <p>Where there are networks, they have two hidden layers of the given width with relu. {@code
 * withContext(size)} conditions any of them. All throw INVALID_CONFIGURATION for sizes that are not
 * positive.
 */
public final class Flows {

  /** Bins of a spline. */
  private static final int BINS = 8;

  /** Where a spline's tails begin. */
  private static final double TAIL_BOUND = 5;

  /** Layers of a transformer. */
  private static final int DEPTH = 2;

  private Flows() {}

  /** Planar layers (Rezende and Mohamed 2015), with the constraint that keeps them invertible. */
  public static PlanarConfig planar(int dim, int layers) {
    return new PlanarConfig(dim, 0, layers);
  }

  /**
   * Sylvester layers (van den Berg et al. 2018), planar ones of a higher rank.
   *
   * @param rank from 1 to dim
   */
  public static SylvesterConfig sylvester(int dim, int layers, int rank) {
    return new SylvesterConfig(dim, 0, layers, rank);
  }

  /** Radial layers (Rezende and Mohamed 2015). */
  public static RadialConfig radial(int dim, int layers) {
    return new RadialConfig(dim, 0, layers);
  }

  /** NICE (Dinh et al. 2015): additive coupling layers and a diagonal scaling at the end. */
  public static CouplingConfig nice(int dim, int layers, int hidden) {
    return coupling(
        dim, layers, hidden, ColumnTransform.additive(), CouplingConfig.Mixing.INTERLEAVED, true);
  }

  /** RealNVP (Dinh et al. 2017) for vectors: affine coupling layers. */
  public static CouplingConfig realNvp(int dim, int layers, int hidden) {
    return coupling(
        dim, layers, hidden, ColumnTransform.affine(), CouplingConfig.Mixing.INTERLEAVED, false);
  }

  /**
   * Glow (Kingma and Dhariwal 2018) for vectors: activation normalisation, an invertible linear map
   * and an affine coupling layer. Data choose initial values of the first ({@link
   * org.fjordflow.core.flow.Flow#initialize}).
   */
  public static CouplingConfig glow(int dim, int layers, int hidden) {
    return coupling(
        dim,
        layers,
        hidden,
        ColumnTransform.affine(),
        CouplingConfig.Mixing.NORMALIZED_LINEAR,
        false);
  }

  /**
   * Glow for images (Kingma and Dhariwal 2018), on rows as {@link ImageShape} has them, with affine
   * coupling. Data choose initial values ({@link org.fjordflow.core.flow.Flow#initialize}).
   *
   * @param levels how often images are squeezed; 2^levels divides height and width
   * @param steps steps of flow a level
   * @param hidden channels of the networks' hidden layers
   */
  public static ImageGlowConfig glow(ImageShape shape, int levels, int steps, int hidden) {
    return new ImageGlowConfig(
        shape, 0, levels, steps, hidden, Activation.RELU, ColumnTransform.affine());
  }

  /**
   * Neural spline flow with coupling layers (Durkan et al. 2019, RQ-NSF (C)): a linear map and a
   * coupling layer of splines with 8 bins on (-5, 5).
   */
  public static CouplingConfig nsf(int dim, int layers, int hidden) {
    return coupling(dim, layers, hidden, spline(), CouplingConfig.Mixing.LINEAR, false);
  }

  /** Masked autoregressive flow (Papamakarios et al. 2017). Fast direction: densities. */
  public static AutoregressiveConfig maf(int dim, int layers, int hidden) {
    return autoregressive(dim, layers, hidden, ColumnTransform.affine(), false);
  }

  /** Inverse autoregressive flow (Kingma et al. 2016). Fast direction: samples. */
  public static AutoregressiveConfig iaf(int dim, int layers, int hidden) {
    return autoregressive(dim, layers, hidden, ColumnTransform.affine(), true);
  }

  /**
   * Neural spline flow with autoregressive layers (Durkan et al. 2019, RQ-NSF (AR)), splines with 8
   * bins on (-5, 5). Fast direction: densities.
   */
  public static AutoregressiveConfig autoregressiveNsf(int dim, int layers, int hidden) {
    return autoregressive(dim, layers, hidden, spline(), false);
  }

  /**
   * TarFlow (Zhai et al. 2024) for vectors: affine maps of groups of columns by causal transformers
   * of depth 2. Fast direction: densities.
   *
   * @param tokens groups of neighbouring columns, all of one size
   * @param layers number of blocks
   * @param width columns of the transformers
   */
  public static TarFlowConfig tarFlow(int dim, int tokens, int layers, int width) {
    TransformerConfig transformer = TransformerConfig.of(DEPTH, width);
    return new TarFlowConfig(dim, 0, tokens, layers, transformer, null);
  }

  /** TarFlow for images, whose patches are the tokens; see {@link #tarFlow(int, int, int, int)}. */
  public static TarFlowConfig tarFlow(ImagePatches patches, int layers, int width) {
    TransformerConfig transformer = TransformerConfig.of(DEPTH, width);
    return new TarFlowConfig(
        patches.shape().size(), 0, patches.tokens(), layers, transformer, patches);
  }

  private static ColumnTransform spline() {
    return ColumnTransform.spline(BINS, TAIL_BOUND);
  }

  private static CouplingConfig coupling(
      int dim,
      int layers,
      int hidden,
      ColumnTransform transform,
      CouplingConfig.Mixing mixing,
      boolean scaled) {
    return new CouplingConfig(
        dim, 0, layers, List.of(hidden, hidden), Activation.RELU, transform, mixing, scaled, false, 0, List.of());
  }

  private static AutoregressiveConfig autoregressive(
      int dim, int layers, int hidden, ColumnTransform transform, boolean samplesFast) {
    return new AutoregressiveConfig(
        dim,
        0,
        layers,
        List.of(hidden, hidden),
        Activation.RELU,
        transform,
        AutoregressiveConfig.Ordering.ALTERNATE,
        samplesFast,
        false,
        0,
        List.of());
  }
}
