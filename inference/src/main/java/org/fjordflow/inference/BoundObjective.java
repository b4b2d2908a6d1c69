package org.fjordflow.inference;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.train.VariationalObjective;
import org.fjordflow.inference.FreeTarget.Values;
import org.fjordflow.inference.VariationalOptions.Gradient;

/** Minus a {@link Bound}, the mean over groups of draws. */
final class BoundObjective implements VariationalObjective {

  private final Flow flow;
  private final FreeTarget target;
  private final Bound bound;
  private final Gradient gradient;
  private final Tape density;
  private double temperature = 1;
  private Estimate last = new Estimate(Double.NaN, Double.NaN);

  /**
   * Creates the objective.
   *
   * @param flow of the target's real numbers
   */
  BoundObjective(Flow flow, FreeTarget target, Bound bound, Gradient gradient) {
    this.flow = flow;
    this.target = target;
    this.bound = bound;
    this.gradient = gradient;
    this.density = Tape.recording(flow.backend());
  }

  /** Sets the power of the target's density from now on: 1 is the target. */
  void temper(double power) {
    temperature = power;
  }

  /** The bound of the last step, with the error of the mean over groups. */
  Estimate last() {
    return last;
  }

  @Override
  public Var loss(Pass pass, int samples) {
    int groups = Math.max(1, samples / bound.draws());
    int n = groups * bound.draws();
    Tape tape = pass.tape();
    Backend backend = tape.backend();
    Transformed drawn = flow.sampleAndLogProb(pass, n, null);
    Var x = drawn.value();
    Var logProb = Objects.requireNonNull(drawn.logDet()).value();
    double[] rows = Elements.of(backend, x.value());
    double[] logWeights = Elements.of(backend, logProb.value());
    requireFinite(rows, logWeights);
    Values values = target.evaluate(rows);
    requireFinite(values, rows);
    for (int i = 0; i < n; i++) {
      logWeights[i] = temperature * values.value()[i] - logWeights[i];
    }
    double[] share = new double[n];
    double[] bounds = new double[groups];
    for (int g = 0; g < groups; g++) {
      bounds[g] = bound.of(logWeights, g * bound.draws());
      bound.shares(logWeights, g * bound.draws(), share);
    }
    last = LogSums.mean(bounds);
    Matrix loss = tape.take(1, 1);
    backend.fill(-last.value(), loss);
    double[] slopes = values.gradient().clone();
    int dim = flow.dim();
    double[] scores = gradient == Gradient.PATH ? slopesOfFlow(pass, rows) : new double[n * dim];
    double[] ofDensity = new double[n];
    for (int i = 0; i < n; i++) {
      double factor = gradient == Gradient.PATH ? bound.pathFactor(share[i]) : share[i];
      for (int e = i * dim; e < (i + 1) * dim; e++) {
        slopes[e] = -factor / groups * (temperature * slopes[e] - scores[e]);
      }
      ofDensity[i] = gradient == Gradient.PATH ? 0 : share[i] / groups;
    }
    return withPenalties(
        pass,
        tape.custom(
                List.of(x, logProb),
                List.of(loss),
                (bars, targets) -> {
                  double bar = Elements.of(backend, bars.get(0))[0];
                  Elements.add(backend, scaled(bar, slopes), targets.get(0));
                  if (gradient == Gradient.TOTAL) {
                    Elements.add(backend, scaled(bar, ofDensity), targets.get(1));
                  }
                })
            .get(0));
  }

  private static Var withPenalties(Pass pass, Var loss) {
    Var penalty = pass.penalties().sum();
    return penalty == null ? loss : pass.tape().add(loss, pass.tape().mean(penalty));
  }

  private static double[] scaled(double bar, double[] values) {
    return Arrays.stream(values).map(v -> bar * v).toArray();
  }

  /** Derivatives of log q by x, at fixed parameters. */
  private double[] slopesOfFlow(Pass pass, double[] rows) {
    Backend backend = flow.backend();
    int n = rows.length / flow.dim();
    density.reset();
    Matrix points = density.take(n, flow.dim());
    backend.upload(rows, 0, points);
    Var x = density.input(points);
    Pass own = new Pass(density, pass.random(), true, true, pass.work());
    Var logProb = flow.logProb(own, x, null);
    Matrix ones = density.take(n, 1);
    backend.fill(1, ones);
    density.seed(logProb, ones);
    density.reverse();
    return Elements.of(backend, x.gradient());
  }

  private static void requireFinite(double[] rows, double[] logProb) {
    if (!Arrays.stream(rows).allMatch(Double::isFinite)
        || !Arrays.stream(logProb).allMatch(Double::isFinite)) {
      throw new FjordException(
          ErrorKey.NON_FINITE, "draws of the flow or their log-densities are not finite");
    }
  }

  private void requireFinite(Values values, double[] rows) {
    int dim = flow.dim();
    for (int i = 0; i < values.value().length; i++) {
      double[] slope = Arrays.copyOfRange(values.gradient(), i * dim, (i + 1) * dim);
      if (!Double.isFinite(values.value()[i]) || !Arrays.stream(slope).allMatch(Double::isFinite)) {
        double[] row = Arrays.copyOfRange(rows, i * dim, (i + 1) * dim);
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "the target's log-density is %s, with the gradient %s, at %s; declare the constraints that keep it finite"
                .formatted(values.value()[i], Arrays.toString(slope), target.describe(row)));
      }
    }
  }
}
