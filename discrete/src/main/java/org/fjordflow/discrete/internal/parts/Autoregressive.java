package org.fjordflow.discrete.internal.parts;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.internal.networks.OutputLayers;
import org.jspecify.annotations.Nullable;

/**
 * A transform of each column with parameters that a {@link MaskedMlp} computes from the columns
 * before it: a layer of a masked autoregressive flow (Papamakarios et al. 2017), with affine maps, or of an autoregressive spline flow (Durkan et al. 2019).
 *
 * <p>Fast direction: forward, one use of the network, so densities are fast. The inverse needs one
 * use for each column; it is exact, and all rows go together. {@link #sampling} exchanges the
 * directions.
 *
 * <p>Starts near the identity.
 */
public final class Autoregressive implements Bijection {

  private final MaskedMlp network;
  private final Columns columns;
  private final Dropout dropout;

  private Autoregressive(MaskedMlp network, Columns columns, Dropout dropout) {
    this.network = network;
    this.columns = columns;
    this.dropout = dropout;
  }

  /**
   * Creates a layer.
   *
   * @param parameters where {@code name.0.weight} and so on of the network are added. Modified.
   * @param name prefix of the names
   * @param order columns from first to last, each once. Not modified.
   * @param contextSize columns of the context, zero for none
   * @param hidden hidden sizes of the network
   * @param activation of the network
   * @param columns what is done to each column
   * @param dropout in training, after each hidden layer
   * @param random source of the initial values
   * @throws org.fjordflow.base.FjordException as {@link MaskedMlp#create}
   */
  public static Autoregressive create(
      Parameters parameters,
      String name,
      int[] order,
      int contextSize,
      List<Integer> hidden,
      Activation activation,
      Columns columns,
      Dropout dropout,
      RandomGenerator random) {
    MaskedMlp network =
        MaskedMlp.create(
            parameters,
            name,
            order,
            contextSize,
            hidden,
            columns,
            activation,
            random);
    OutputLayers.startNear(parameters.backend(), network.lastLayer(), columns.identity());
    return new Autoregressive(network, columns, dropout);
  }

  /**
   * This layer with its directions exchanged: a layer of an inverse autoregressive flow (Kingma et
   * al. 2016), whose samples, with their densities, take one use of the network, and other points
   * one for each column.
   */
  public Bijection sampling() {
    return new Inverse(this);
  }

  @Override
  public int dim() {
    return network.dim();
  }

  @Override
  public int contextSize() {
    return network.contextSize();
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Var parameters =
        network.apply(pass.tape(), x, context, hidden -> dropout.apply(pass, hidden));
    return columns.apply(pass.tape(), x, parameters, true).asWanted(pass);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    return pass.tape().isRecording()
        ? recordedInverse(pass, z, context)
        : evaluatedInverse(pass, z, context);
  }

  /** Columns that are not known yet are zeros, behind masks. */
  private Transformed recordedInverse(Pass pass, Var z, @Nullable Var context) {
    Tape tape = pass.tape();
    List<Var> weights = network.maskedWeights(tape);
    Var zero = zeros(tape, z.rows(), 1);
    List<Var> found = new ArrayList<>();
    for (int j = 0; j < dim(); j++) {
      found.add(zero);
    }
    Var logDet = zero;
    UnaryOperator<Var> behind = dropout.sameFor(pass, network.hiddenLayers());
    for (int column : network.order()) {
      Var x = tape.concat(found.toArray(Var[]::new));
      Var all = network.output(tape, network.hidden(tape, weights, x, context, behind), weights);
      Transformed image =
          columns
              .transform(column)
              .inverse(
                  tape,
                  tape.columns(z, column, column + 1),
                  tape.columns(
                      all, columns.firstParameter(column), columns.firstParameter(column + 1)));
      found.set(column, image.value());
      logDet = sum(tape, logDet, image);
    }
    Var value = tape.concat(found.toArray(Var[]::new));
    return Transformed.exact(value, pass.logDet() ? logDet : null);
  }

  /** The same numbers, with the memory of one use of the network. */
  private Transformed evaluatedInverse(Pass pass, Var z, @Nullable Var context) {
    Tape tape = pass.tape();
    Backend backend = tape.backend();
    List<Var> weights = network.maskedWeights(tape);
    Matrix x = tape.take(z.rows(), dim());
    backend.fill(0, x);
    Matrix logDet = tape.take(z.rows(), 1);
    backend.fill(0, logDet);
    Tape step = tape.attachment(this, Tape.class, () -> Tape.evaluating(backend));
    for (int column : network.order()) {
      step.reset();
      Var known = step.constant(x);
      Var given = context == null ? null : step.constant(context.value());
      Var hidden = 
          network.hidden(
              step, constants(step, weights), known, given, UnaryOperator.identity());
      Transformed image =
          columns
              .transform(column)
              .inverse(
                  step,
                  step.columns(step.constant(z.value()), column, column + 1),
                  network.output(step, hidden, weights, column));
      backend.copyColumns(image.value().value(), 0, x, column, 1, false);
      if (image.logDet() != null) {
        backend.add(1, image.logDet().value().value(), 1, logDet);
      }
    }
    return Transformed.exact(tape.constant(x), pass.logDet() ? tape.constant(logDet) : null);
  }

  private static List<Var> constants(Tape tape, List<Var> weights) {
    return weights.stream().map(weight -> tape.constant(weight.value())).toList();
  }

  private static Var zeros(Tape tape, int rows, int cols) {
    return tape.constant(new double[rows * cols], rows, cols);
  }

  private static Var sum(Tape tape, Var logDet, Transformed image) {
    return image.logDet() == null ? logDet : tape.add(logDet, image.logDet().value());
  }
}
