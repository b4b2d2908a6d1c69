package org.fjordflow.core.flow.internal.parts;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;

/** A mixture of diagonal normals with trained weights, means and deviations. */
public final class MixtureBase implements Distribution {

  private final Parameter logits;
  private final LocationScale columns;

  private MixtureBase(Parameter logits, LocationScale columns) {
    this.logits = logits;
    this.columns = columns;
  }

  /**
   * Creates the distribution, with equal weights and deviations of one at first.
   *
   * @param parameters where {@code base.logits}, {@code base.location} and {@code base.log_scale}
   *     are added. Modified.
   * @param dim number of columns
   * @param components number of normals
   * @param random draws the means, from the standard normal
   */
  public static MixtureBase create(
      Parameters parameters, int dim, int components, RandomGenerator random) {
    double[] means = new double[parameters.require("base.location", components, dim)];
    for (int i = 0; i < means.length; i++) {
      means[i] = random.nextGaussian();
    }
    return new MixtureBase(
        parameters.add("base.logits", new double[components], components),
        LocationScale.create(parameters, means, components, dim));
  }

  @Override
  public int dim() {
    return columns.dim();
  }

  private int components() {
    return logits.value().cols();
  }

  /** Logarithms of the weights, 1 x components. */
  private Var logWeights(Tape tape) {
    Var given = tape.parameter(logits);
    return tape.subtract(given, tape.logSumExp(given));
  }

  @Override
  public Var logProb(Tape tape, Var x) {
    RowArrays.requireColumns(x, dim());
    Var m = tape.reshape(columns.locations(tape), 1, components() * dim());
    Var s = tape.reshape(columns.logScales(tape), 1, components() * dim());
    Var[] terms = new Var[components()];
    for (int k = 0; k < terms.length; k++) {
      int from = k * dim();
      terms[k] =
          LocationScale.normalLogProb(
              tape, x, tape.slice(m, from, from + dim()), tape.slice(s, from, from + dim()));
    }
    return tape.logSumExp(tape.add(tape.concat(terms), logWeights(tape)));
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    return mixture().sample(n, random);
  }

  /**
   * {@inheritDoc} By implicit reparametrisation: the place of each column in its distribution given
   * those before is held (Figurnov et al. 2018, section 3).
   */
  @Override
  public Var sample(Tape tape, int n, RandomGenerator random) {
    NormalMixtureValues mixture = mixture();
    double[] rows = RowArrays.flatten(mixture.sample(n, random), dim(), "base");
    Backend backend = tape.backend();
    Matrix drawn = tape.take(n, dim());
    backend.upload(rows, 0, drawn);
    return tape.custom(
            List.of(logWeights(tape), columns.locations(tape), columns.logScales(tape)),
            List.of(drawn),
            (bars, targets) -> {
              MixtureGradient gradient = new MixtureGradient(mixture);
              gradient.add(rows, Elements.of(backend, bars.get(0)));
              Elements.add(backend, gradient.logWeights(), targets.get(0));
              Elements.add(backend, gradient.means(), targets.get(1));
              Elements.add(backend, gradient.logDeviations(), targets.get(2));
            })
        .get(0);
  }

  private NormalMixtureValues mixture() {
    double[] logs = Elements.of(columns.backend(), logits.value());
    return new NormalMixtureValues(
        NormalMixtureValues.logSoftmax(logs), columns.locations(), columns.logScales());
  }
}
