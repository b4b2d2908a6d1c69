package org.fjordflow.cnf;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.cnf.internal.images.ConvolutionField;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * What a continuous flow is made of.
 *
 * @param dim columns of data
 * @param contextSize columns of context, zero for an unconditional flow
 * @param field the network of each block
 * @param chain the blocks
 * @param solve how they are solved
 */
public record ContinuousConfig(
    int dim, int contextSize, Field field, Chain chain, SolveSettings solve)
    implements SolveSettings.Solved {

  /**
   * Checks every value.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, which says the value, what was
   *     given and expected. Absent values are told like wrong ones, since they come from files.
   */
  public ContinuousConfig {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
    ConfigChecks.require(contextSize >= 0, "contextSize", contextSize, "0 or more");
    ConfigChecks.require(field != null, "field", field, "an object");
    ConfigChecks.require(chain != null, "chain", chain, "an object");
    ConfigChecks.require(solve != null, "solve", solve, "how the flow is solved");
    // Directions that cannot be drawn for so many columns are refused here.
    solve.training().divergence().directions(dim);
    solve.evaluation().divergence().directions(dim);
    ConfigChecks.require(
        solve.training().penalty().hjb() == 0 || field.layer().equals(Field.POTENTIAL),
        "penalty.hjb",
        solve.training().penalty().hjb(),
        "0 where the layer is "
            + field.layer()
            + ": the field of a "
            + Field.POTENTIAL
            + " has it");
  }

  @Override
  public ContinuousConfig withContext(int size) {
    return new ContinuousConfig(dim, size, field, chain, solve);
  }

  @Override
  public int blocks() {
    return chain.blocks();
  }

  @Override
  public int widest() {
    return Math.max(dim, field.hidden().stream().mapToInt(Integer::intValue).max().orElse(1));
  }

  @Override
  public ContinuousConfig withSolve(SolveSettings other) {
    return new ContinuousConfig(dim, contextSize, field, chain, other);
  }

  /** {@inheritDoc} A {@link ContinuousFlow}, or a {@link Composition} of one a block. */
  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    List<Bijection> blocks = flows(parameters, random);
    return blocks.size() == 1 ? blocks.get(0) : new Composition(blocks);
  }

  List<Bijection> flows(Parameters parameters, RandomGenerator random) {
    return chain.flows(
        dim,
        contextSize,
        "chain.",
        name -> FieldKind.create(this, parameters, name, random),
        parameters,
        solve);
  }

  /**
   * The network that is a continuous flow's field.
   *
   * @param layer {@code mlp}, one of FFJORD's layers such as {@code concatsquash}, or {@code
   *     potential}: the gradient of OT-Flow's potential (Onken, Wu Fung, Li and Ruthotto 2021),
   *     whose residual layers are of one width and whose divergence is known in closed form. Its
   *     activation is then {@code tanh}, the derivative of theirs
   * @param hidden widths of the hidden layers
   * @param activation non-linearity, such as {@code tanh}
   * @param inputGain factor of the initial values of each field's first linear map, as SIREN's
   *     omega_0 (Sitzmann et al. 2020, 3.2). 1 leaves PyTorch's; with 2 to 6 a field begins with
   *     finer features of its input, and learns densities with many gaps in fewer steps
   */
  public record Field(String layer, List<Integer> hidden, String activation, double inputGain) {

    /** A plain network that gets time as one more input. */
    public static final String MLP = "mlp";

    /** The gradient of a potential. */
    public static final String POTENTIAL = "potential";

    /**
     * Checks every value.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an
     *     unknown activation; says the name, what was given and expected
     */
    public Field {
      requireLayer(layer);
      hidden = ConfigChecks.list("hidden", hidden);
      ConfigChecks.require(
          hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
      Activation.of(activation);
      if (layer.equals(POTENTIAL)) {
        ConfigChecks.require(
            hidden.stream().distinct().count() == 1,
            "hidden",
            hidden,
            "one or more equal widths, since the layers of a potential are residual");
        ConfigChecks.require(
            activation.equals(Activation.TANH.id()),
            "activation",
            activation,
            "tanh, the derivative of the activation that a potential has");
      }
      ConfigChecks.require(
          inputGain > 0 && inputGain < Double.POSITIVE_INFINITY,
          "inputGain",
          inputGain,
          "positive, finite");
    }

    /**
     * Checks the name of a layer.
     *
     * @throws FjordException INVALID_CONFIGURATION if it is none of those there are
     */
    public static void requireLayer(String layer) {
      List<String> known =
          Stream.concat(
                  Stream.of(MLP, POTENTIAL),
                  Arrays.stream(TimeLayerKind.values()).map(TimeLayerKind::id))
              .toList();
      if (!known.contains(layer)) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION, Suggestions.unknown("layer", layer, known));
      }
    }
  }

  /**
   * The blocks of a continuous flow: flows in sequence, each of a field of its own.
   *
   * @param blocks how many there are
   * @param endTime end time of each; the initial one where it is trained
   * @param trainEndTime whether each block's end time is trained
   */
  public record Chain(int blocks, double endTime, boolean trainEndTime) {

    /**
     * Checks the ranges.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if there is no block, or the
     *     end time is not positive and finite
     */
    public Chain {
      ConfigChecks.require(blocks >= 1, "blocks", blocks, "at least 1");
      ConfigChecks.require(
          endTime > 0 && endTime < Double.POSITIVE_INFINITY,
          "endTime",
          endTime,
          "positive, finite");
    }

    /** Makes one flow a block, with parameters under names that begin with a prefix. */
    List<Bijection> flows(
        int dim,
        int contextSize,
        String prefix,
        Function<String, VectorField> fields,
        Parameters parameters,
        SolveSettings solve) {
      List<Bijection> flows = new ArrayList<>();
      for (int b = 0; b < blocks; b++) {
        String name = prefix + b;
        EndTime end =
            trainEndTime
                ? EndTime.trained(parameters, name + ".sqrt_end_time", endTime)
                : new EndTime.Fixed(endTime);
        VectorField field = fields.apply(name + ".odefunc.diffeq.layers");
        flows.add(new ContinuousFlow(dim, contextSize, field, end, solve));
      }
      return flows;
    }
  }

  /**
   * Continuous flows of images whose fields are networks of convolutions, at one scale or several:
   * FFJORD's multi-scale build (Grathwohl et al. 2019, section 4.2; Dinh et al. 2017, section 3.6).
   * A level squeezes 2 x 2 pixels into one of four times the channels, carries them through its
   * flows, and, unless it is the last, sends half of the channels on and is done with the others.
   *
   * <p>Differs from FFJORD's code in that a level has no flows before it squeezes, which would cost
   * four times as much each.
   *
   * @param shape of the images; {@code 2^levels} divides height and width
   * @param contextSize columns of context, zero for none
   * @param levels how many squeeze; 0 for flows of the image as it is
   * @param network the field of each flow
   * @param chain the flows of a level
   * @param solve how they are solved
   */
  public record Images(
      ImageShape shape,
      int contextSize,
      int levels,
      Network network,
      Chain chain,
      SolveSettings solve)
      implements SolveSettings.Solved {

    /** Beyond, 2^levels would not be an int. */
    private static final int MOST_LEVELS = 30;

    /**
     * Checks every value.
     *
     * @throws FjordException INVALID_CONFIGURATION, which says the value, what was given and
     *     expected
     */
    public Images {
      ConfigChecks.require(shape != null, "shape", shape, "height, width and channels");
      ConfigChecks.require(contextSize >= 0, "contextSize", contextSize, "0 or more");
      ConfigChecks.require(network != null, "network", network, "an object");
      ConfigChecks.require(chain != null, "chain", chain, "an object");
      ConfigChecks.require(solve != null, "solve", solve, "how the flow is solved");
      int block = levels < 0 || levels > MOST_LEVELS ? 0 : 1 << levels;
      ConfigChecks.require(
          block > 0 && shape.height() % block == 0 && shape.width() % block == 0,
          "levels",
          levels,
          "0, or as many as an image of %s can be halved".formatted(shape));
      ConfigChecks.require(
          solve.training().penalty().hjb() == 0,
          "penalty.hjb",
          solve.training().penalty().hjb(),
          "0: the fields of images are no potentials'");
      solve.training().divergence().directions(shape.size());
      solve.evaluation().divergence().directions(shape.size());
    }

    /**
     * FFJORD's flow of images, multi-scale: two levels where the image can be halved twice, two
     * flows each of concatsquash convolutions with softplus, solved to 1e-4 in training, with one
     * Rademacher probe there and ten in evaluations.
     *
     * @param shape of the images, of which height and width are even
     * @param hidden channels of the hidden layers
     */
    public static Images ffjord(ImageShape shape, int... hidden) {
      boolean twice = shape.height() % 4 == 0 && shape.width() % 4 == 0;
      Network network =
          new Network.Convolutions(
              "concatsquash", Arrays.stream(hidden).boxed().toList(), "softplus");
      return new Images(shape, 0, twice ? 2 : 1, network, new Chain(2, 1, false), estimated());
    }

    /**
     * One flow of the image as it is, whose field is a small U-net: to be trained by matching.
     *
     * @param shape of the images
     * @param channels of the network at each size of the image, the largest first
     */
    public static Images unet(ImageShape shape, int... channels) {
      Network network = new Network.Unet(Arrays.stream(channels).boxed().toList(), 1);
      return new Images(shape, 0, 0, network, new Chain(1, 1, false), estimated());
    }

    private static SolveSettings estimated() {
      SolverConfig training =
          SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4)
              .withMaxEvaluations(SolveSettings.DEFAULT_MAX_EVALUATIONS);
      return SolveSettings.hutchinson()
          .withTrainingSolver(training)
          .withEvaluationDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 10));
    }

    @Override
    public int dim() {
      return shape.size();
    }

    @Override
    public Images withContext(int size) {
      return new Images(shape, size, levels, network, chain, solve);
    }

    @Override
    public Images withSolve(SolveSettings other) {
      return new Images(shape, contextSize, levels, network, chain, other);
    }

    @Override
    public int blocks() {
      return Math.max(1, levels) * chain.blocks();
    }

    @Override
    public int widest() {
      int pixels = levels == 0 ? shape.pixels() : shape.pixels() / 4;
      return Math.max(shape.size(), pixels * network.widest());
    }

    /** {@inheritDoc} A {@link ContinuousFlow} where there is one. */
    @Override
    public Bijection bijection(Parameters parameters, RandomGenerator random) {
      List<Bijection> parts = new ArrayList<>();
      if (levels == 0) {
        addFlows(parts, "", shape, parameters, random);
      } else {
        addLevel(parts, 0, shape, parameters, random);
      }
      return parts.size() == 1 ? parts.get(0) : new Composition(parts);
    }

    private void addLevel(
        List<Bijection> parts,
        int level,
        ImageShape given,
        Parameters parameters,
        RandomGenerator random) {
      parts.add(Permutation.squeeze(given));
      ImageShape squeezed = Permutation.squeezed(given);
      addFlows(parts, "levels." + level + ".", squeezed, parameters, random);
      if (level + 1 < levels) {
        ImageShape onward = squeezed.withChannels(squeezed.channels() / 2);
        List<Bijection> rest = new ArrayList<>();
        addLevel(rest, level + 1, onward, parameters, random);
        parts.add(MultiScale.channels(squeezed, onward.channels(), new Composition(rest)));
      }
    }

    private void addFlows(
        List<Bijection> parts,
        String prefix,
        ImageShape given,
        Parameters parameters,
        RandomGenerator random) {
      parts.addAll(
          chain.flows(
              given.size(),
              contextSize,
              prefix + "chain.",
              name -> network.field(given, contextSize, parameters, name, random),
              parameters,
              solve));
    }

    /** The network that is the field of a flow of images. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
      @JsonSubTypes.Type(value = Network.Convolutions.class, name = "convolutions"),
      @JsonSubTypes.Type(value = Network.Unet.class, name = "unet")
    })
    public sealed interface Network {

      /** Returns the largest number of channels in between. */
      int widest();

      /** Makes the field of images of a shape, with parameters under a name. */
      VectorField field(
          ImageShape given,
          int contextSize,
          Parameters parameters,
          String name,
          RandomGenerator random);

      /**
       * 3 x 3 convolutions that depend on time.
       *
       * @param layer {@code concat} (time is one more channel), {@code concatsquash} (channels are
       *     scaled and shifted by functions of time) or {@code gated} (by a second convolution)
       * @param hidden channels of the hidden layers
       * @param activation non-linearity, such as {@code softplus}
       */
      record Convolutions(String layer, List<Integer> hidden, String activation)
          implements Network {

        /**
         * Checks every value.
         *
         * @throws FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an unknown
         *     activation
         */
        public Convolutions {
          List<String> known = ConvolutionField.kinds();
          if (!known.contains(layer)) {
            throw new FjordException(
                ErrorKey.INVALID_CONFIGURATION, Suggestions.unknown("layer", layer, known));
          }
          hidden = counts("hidden", hidden);
          Activation.of(activation);
        }

        @Override
        public int widest() {
          int hiddenChannels = hidden.stream().mapToInt(Integer::intValue).max().orElse(1);
          return layer.equals("gated") ? 2 * hiddenChannels : hiddenChannels;
        }

        @Override
        public VectorField field(
            ImageShape given,
            int contextSize,
            Parameters parameters,
            String name,
            RandomGenerator random) {
          return ConvolutionField.create(
              given,
              contextSize,
              layer,
              hidden,
              Activation.of(activation),
              parameters,
              name,
              random);
        }
      }

      /**
       * A U-net of residual blocks, with group normalisation.
       *
       * @param channels at each size of the image, the largest first; each size is half of the one
       *     before
       * @param blocks residual blocks at each size on the way down, at least 1
       */
      record Unet(List<Integer> channels, int blocks) implements Network {

        /**
         * Checks every value.
         *
         * @throws FjordException INVALID_CONFIGURATION if there is no size or no block
         */
        public Unet {
          channels = counts("channels", channels);
          ConfigChecks.require(!channels.isEmpty(), "channels", channels, "at least one size");
          ConfigChecks.require(blocks >= 1, "blocks", blocks, "at least 1");
        }

        @Override
        public int widest() {
          return channels.stream().mapToInt(Integer::intValue).max().orElse(1) + channels.get(0);
        }

        @Override
        public VectorField field(
            ImageShape given,
            int contextSize,
            Parameters parameters,
            String name,
            RandomGenerator random) {
          return org.fjordflow.cnf.internal.images.Unet.create(
              given, contextSize, channels, blocks, parameters, name, random);
        }
      }

      private static List<Integer> counts(String name, List<Integer> given) {
        List<Integer> checked = ConfigChecks.list(name, given);
        ConfigChecks.require(
            checked.stream().allMatch(count -> count >= 1), name, checked, "channels of 1 or more");
        return checked;
      }
    }
  }
}
