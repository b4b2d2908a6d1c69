package org.fjordflow.discrete.internal.parts;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Observations;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation as a flow (Dinh et al. 2017, section 3.7): {@code z = exp(s) (x - mean) /
 * sqrt(variance + 1e-4) + m} with trained s and m, and moving averages of each column's mean and
 * variance, which are buffers of the model.
 *
 * <p>Deviation: every pass, of training too, normalises by the moving averages and never by its own
 * batch (as the moving batch normalisation of FFJORD's code does with no lag). So a row's density
 * depends on no other row, and training and evaluation agree. A step of training moves the averages
 * by a tenth towards its batch, after it has been made; only rows on their way {@link #forward} are
 * seen. Variances divide by n.
 */
public final class BatchNormalization implements Bijection, Observations.Observer {

  /** Share of a batch in the moving averages. */
  private static final double MOMENTUM = 0.1;

  /** Added to variances. */
  private static final double EPSILON = 1e-4;

  private final Parameters parameters;
  private final Backend backend;
  private final Parameter logScale;
  private final Parameter shift;
  private final Parameter mean;
  private final Parameter variance;

  private BatchNormalization(
      Parameters parameters,
      Parameter logScale,
      Parameter shift,
      Parameter mean,
      Parameter variance) {
    this.parameters = parameters;
    this.backend = parameters.backend();
    this.logScale = logScale;
    this.shift = shift;
    this.mean = mean;
    this.variance = variance;
  }

  /**
   * Creates the map, for data of mean zero and variance one until an initialising pass or steps of
   * training tell it otherwise.
   *
   * @param parameters where {@code name.log_scale} and {@code name.shift} are added, and the
   *     buffers {@code name.mean} and {@code name.variance}. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   */
  public static BatchNormalization create(Parameters parameters, String name, int dim) {
    double[] ones = new double[dim];
    Arrays.fill(ones, 1);
    return new BatchNormalization(
        parameters,
        parameters.add(name + ".log_scale", new double[dim], dim),
        parameters.add(name + ".shift", new double[dim], dim),
        parameters.addBufferAwaitingData(name + ".mean", new double[dim], dim),
        parameters.addBufferAwaitingData(name + ".variance", ones, dim));
  }

  /**
   * The averages become those of the rows, or on the way back those that make the rows' image
   * normalised; a column without spread gets 1.
   */
  private void initialize(Pass pass, Var arriving, boolean forward) {
    if (!pass.initializing()) {
      return;
    }
    Moments moments = Moments.of(RowArrays.of(backend, arriving.value()));
    double[] means = moments.mean().clone();
    double[] squares = moments.standardDeviation().clone();
    for (int j = 0; j < squares.length; j++) {
      means[j] = forward ? means[j] : -means[j] / squares[j];
      squares[j] = forward ? squares[j] * squares[j] : 1 / (squares[j] * squares[j]);
    }
    parameters.initialize(mean, means);
    parameters.initialize(variance, squares);
  }

  /** {@inheritDoc} Moves the averages. */
  @Override
  public void observe(double[] batchMean, double[] batchVariance) {
    move(mean, batchMean);
    move(variance, batchVariance);
  }

  private void move(Parameter average, double[] towards) {
    double[] values = Elements.of(backend, average.value());
    for (int j = 0; j < values.length; j++) {
      values[j] += MOMENTUM * (towards[j] - values[j]);
    }
    backend.upload(values, 0, average.value());
  }

  @Override
  public int dim() {
    return shift.value().cols();
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    initialize(pass, x, true);
    if (pass.training()) {
      pass.observations().add(this, Elements.of(backend, x.value()), dim());
    }
    Tape tape = pass.tape();
    Var s = logScale(tape);
    Var centred = tape.subtract(x, average(tape));
    Var scaled = tape.multiply(centred, tape.apply(Elementwise.EXP, s));
    return Transformed.exact(
        tape.add(scaled, tape.parameter(shift)), DiagonalScaling.logDet(pass, s, x.rows(), 1));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    initialize(pass, z, false);
    Tape tape = pass.tape();
    Var s = logScale(tape);
    Var centred = tape.subtract(z, tape.parameter(shift));
    Var scaled = tape.multiply(centred, tape.apply(Elementwise.EXP, tape.affine(-1, s, 0)));
    return Transformed.exact(
        tape.add(scaled, average(tape)), DiagonalScaling.logDet(pass, s, z.rows(), -1));
  }

  private Var average(Tape tape) {
    return tape.constant(Elements.of(backend, mean.value()), 1, dim());
  }

  /** Logarithms of the factors of columns. */
  private Var logScale(Tape tape) {
    double[] logs = Elements.of(backend, variance.value());
    for (int j = 0; j < logs.length; j++) {
      logs[j] = -0.5 * Math.log(logs[j] + EPSILON);
    }
    return tape.add(tape.parameter(logScale), tape.constant(logs, 1, dim()));
  }
}
