package org.fjordflow.core.flow.internal.parts;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;

/** Independent Student's t with trained degrees of freedom, locations and scales. */
public final class StudentTBase implements Distribution {

  /** Degrees of freedom are greater than this. */
  public static final double LEAST_DEGREES = 0.5;

  private final Parameter raw;
  private final LocationScale columns;

  private StudentTBase(Parameter raw, LocationScale columns) {
    this.raw = raw;
    this.columns = columns;
  }

  /**
   * Creates the distribution, with locations of zero and scales of one at first.
   *
   * @param parameters where {@code base.raw_degrees}, {@code base.location} and {@code
   *     base.log_scale} are added. Modified.
   * @param dim number of columns
   * @param degrees of freedom at first, more than {@link #LEAST_DEGREES}
   */
  public static StudentTBase create(Parameters parameters, int dim, double degrees) {
    double above = degrees - LEAST_DEGREES;
    double[] values = new double[dim];
    Arrays.fill(values, above + Math.log(-Math.expm1(-above)));
    return new StudentTBase(
        parameters.add("base.raw_degrees", values, dim),
        LocationScale.create(parameters, new double[dim], dim));
  }

  @Override
  public int dim() {
    return columns.dim();
  }

  private Var degrees(Tape tape) {
    return tape.affine(1, tape.apply(Elementwise.SOFTPLUS, tape.parameter(raw)), LEAST_DEGREES);
  }

  private double[] degrees() {
    double[] degrees = Elements.of(columns.backend(), raw.value());
    for (int j = 0; j < degrees.length; j++) {
      degrees[j] = LEAST_DEGREES + Elementwise.SOFTPLUS.value(degrees[j]);
    }
    return degrees;
  }

  @Override
  public Var logProb(Tape tape, Var x) {
    RowArrays.requireColumns(x, dim());
    Var degrees = degrees(tape);
    Var s = columns.logScales(tape);
    Var z = LocationScale.standardize(tape, x, columns.locations(tape), s);
    Var kernels = tape.rowSum(StudentT.logKernel(tape, z, degrees));
    Var constants = tape.rowSum(tape.subtract(StudentT.logNormalizer(tape, degrees), s));
    return tape.add(kernels, constants);
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    return columns.place(draw(n, degrees(), random));
  }

  /** {@inheritDoc} By implicit reparametrisation of the degrees (Figurnov et al. 2018). */
  @Override
  public Var sample(Tape tape, int n, RandomGenerator random) {
    double[] degrees = degrees();
    double[] t = RowArrays.flatten(draw(n, degrees, random), dim(), "base");
    Backend backend = tape.backend();
    Matrix drawn = tape.take(n, dim());
    backend.upload(t, 0, drawn);
    Var e =
        tape.custom(
                List.of(degrees(tape)),
                List.of(drawn),
                (bars, targets) -> {
                  double[] bar = Elements.of(backend, bars.get(0));
                  double[] sums = new double[degrees.length];
                  for (int i = 0; i < bar.length; i++) {
                    int j = i % sums.length;
                    sums[j] += bar[i] * StudentTSample.byDegrees(t[i], degrees[j]);
                  }
                  Elements.add(backend, sums, targets.get(0));
                })
            .get(0);
    return columns.place(tape, e);
  }

  private double[][] draw(int n, double[] degrees, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, dim());
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        row[j] = StudentTSample.draw(degrees[j], random);
      }
    }
    return rows;
  }
}
