package org.fjordflow.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.inference.FreeTarget.Values;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.jspecify.annotations.Nullable;

/**
 * Modes of a density and the curvature there, by Newton's method in coordinates in which the last
 * curvature was one, so that units and correlations do not matter. Where there is no mode, as in
 * funnels, the normal with the greatest bound on the way is taken, as Pathfinder does (Zhang et al.
 * 2022); and where a mode has another width than its curvature says, as a ridge or a flat top, the
 * deviations with the greatest bound. Several modes become one normal with the moments of all.
 */
final class ModeSearch {

  /** Half the range of random starts, on the real numbers, as Stan's. */
  private static final double START_RANGE = 2;

  private static final int TRIES = 100;
  private static final int MOST_STEPS = 100;
  private static final double DECREMENT = 1e-6;

  /** Draws that bounds of normals are compared by. */
  private static final int DRAWS = 64;

  /** Nats of the bound below what the curvature promises that say a normal does not fit. */
  private static final double MISFIT = 10;

  /** Points farther out, and deviations larger, are taken for infinite. */
  private static final double FAR = 1e12;

  /** Modes nearer than so many deviations are one. */
  private static final double SAME = 0.5;

  private final FreeTarget target;
  private final RandomGenerator random;
  private final double[][] draws;

  ModeSearch(FreeTarget target, RandomGenerator random) {
    this.target = target;
    this.random = random;
    this.draws = new double[DRAWS][target.dim()];
    for (double[] draw : draws) {
      Arrays.setAll(draw, j -> random.nextGaussian());
    }
  }

  /**
   * A normal at the end of a search.
   *
   * @param logMass log of the integral that the density has if it is this normal
   */
  private record Mode(NormalStart normal, double logMass) {}

  /**
   * Searches from several points.
   *
   * @param starts how many, random ones but for a given one; 0 for no search, but a standard normal
   *     around zeros or the given point
   * @param given the point to start from first, or null for a random one. Not modified.
   * @throws FjordException NON_FINITE if the density is no number at any start; SOLVE_FAILED if
   *     there is no mode and no normal with a greatest bound, as of an improper density
   */
  NormalStart find(int starts, double @Nullable [] given) {
    if (starts == 0) {
      double[] centre = requireFinite(given == null ? new double[target.dim()] : given);
      target.requireGradient(centre);
      return NormalStart.of(centre, MatrixUtils.createRealIdentityMatrix(target.dim()));
    }
    List<Mode> modes = new ArrayList<>();
    FjordException failure = null;
    for (int i = 0; i < starts; i++) {
      double[] from = i == 0 && given != null ? requireFinite(given) : drawStart();
      target.requireGradient(from);
      try {
        add(modes, new Path(from).climb());
      } catch (FjordException e) {
        if (e.key() != ErrorKey.SOLVE_FAILED) {
          throw e;
        }
        failure = e;
      }
    }
    if (modes.isEmpty()) {
      throw failure == null ? new IllegalStateException("no start") : failure;
    }
    return moments(modes);
  }

  private double[] requireFinite(double[] point) {
    double value = target.evaluate(point).value()[0];
    if (!Double.isFinite(value)) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "the log-density is %s at the given start, %s; start where it is a finite number"
              .formatted(value, target.describe(point)));
    }
    return point;
  }

  private double[] drawStart() {
    double[] point = new double[target.dim()];
    double value = Double.NaN;
    for (int i = 0; i < TRIES; i++) {
      double range = i < TRIES / 2 ? START_RANGE : START_RANGE * 2.0 * (TRIES - i) / TRIES;
      Arrays.setAll(point, j -> range * (2 * random.nextDouble() - 1));
      Values values = target.evaluate(point);
      value = values.value()[0];
      if (Double.isFinite(value) && Arrays.stream(values.gradient()).allMatch(Double::isFinite)) {
        return point;
      }
    }
    throw new FjordException(
        ErrorKey.NON_FINITE,
        "the log-density or its gradient is no finite number at %d random starts, such as %s at %s; check the model, declare constraints, or give a start"
            .formatted(TRIES, value, target.describe(point)));
  }

  private static void add(List<Mode> modes, Mode found) {
    for (int i = 0; i < modes.size(); i++) {
      if (modes.get(i).normal().distance(found.normal().centre()) < SAME
          || found.normal().distance(modes.get(i).normal().centre()) < SAME) {
        if (found.logMass() > modes.get(i).logMass()) {
          modes.set(i, found);
        }
        return;
      }
    }
    modes.add(found);
  }

  /** One normal with mean and covariance of all modes by their masses. */
  private static NormalStart moments(List<Mode> modes) {
    double most = modes.stream().mapToDouble(Mode::logMass).max().orElseThrow();
    List<Mode> heavy =
        modes.stream().filter(mode -> mode.logMass() > most - Math.log(1000)).toList();
    if (heavy.size() == 1) {
      return heavy.get(0).normal();
    }
    double[] weights = heavy.stream().mapToDouble(m -> Math.exp(m.logMass() - most)).toArray();
    double sum = Arrays.stream(weights).sum();
    int dim = heavy.get(0).normal().dim();
    double[] mean = new double[dim];
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
      for (int j = 0; j < dim; j++) {
        mean[j] += weights[i] * heavy.get(i).normal().centre()[j];
      }
    }
    // Columns whose squares add up to the covariance: no square is formed.
    RealMatrix root = new Array2DRowRealMatrix(dim, heavy.size() * (dim + 1));
    int column = 0;
    for (int i = 0; i < weights.length; i++) {
      NormalStart normal = heavy.get(i).normal();
      double scale = Math.sqrt(weights[i]);
      for (int c = 0; c <= dim; c++) {
        for (int j = 0; j < dim; j++) {
          double value = c < dim ? normal.factor()[j][c] : normal.centre()[j] - mean[j];
          root.setEntry(j, column, scale * value);
        }
        column++;
      }
    }
    return NormalStart.of(mean, root);
  }

  /** One climb. */
  private final class Path {

    private final int dim = target.dim();
    private double[] x;
    private double value;
    private double[] gradient;

    /** x + W y has curvature one in y. */
    private RealMatrix w = MatrixUtils.createRealIdentityMatrix(dim);

    private final List<Mode> passed = new ArrayList<>();

    Path(double[] from) {
      x = from.clone();
      Values values = target.evaluate(x);
      value = values.value()[0];
      gradient = values.gradient();
    }

    Mode climb() {
      for (int step = 0; step < MOST_STEPS; step++) {
        Curvature curvature = Curvature.of(target, x, w);
        if (curvature == null) {
          w = w.scalarMultiply(0.1);
          continue;
        }
        double[] direction = curvature.newtonDirection(w, gradient);
        double decrement = dot(direction, gradient);
        w = w.multiply(curvature.whitening());
        boolean settled = curvature.isNearOne() || step > MOST_STEPS / 2;
        if (w.getNorm1() > FAR || norm(x) > FAR) {
          break;
        }
        if (decrement < DECREMENT && settled) {
          NormalStart normal = NormalStart.of(x.clone(), w);
          return fitting(new Mode(normal, value + normal.logVolume()));
        }
        note();
        if (!move(direction)) {
          w = w.scalarMultiply(0.5);
        }
      }
      return fitting(best());
    }

    /** The same where the normal has about the bound that its curvature promises. */
    private Mode fitting(Mode found) {
      NormalStart normal = found.normal();
      double peak = target.evaluate(normal.centre()).value()[0] + normal.logVolume();
      if (normal.bound(target, draws) >= peak - MISFIT) {
        return found;
      }
      NormalStart rescaled = normal.rescaled(target, draws);
      double bound = rescaled.bound(target, draws);
      return Double.isFinite(bound) ? new Mode(rescaled, bound) : found;
    }

    /** Notes the normal here, with the bound that it gives. */
    private void note() {
      NormalStart normal = NormalStart.of(x.clone(), w);
      passed.add(new Mode(normal, normal.bound(target, draws)));
    }

    /** Takes the best of several lengths of a step; whether one was better than none. */
    private boolean move(double[] direction) {
      int lengths = 24;
      double[] rows = new double[lengths * dim];
      double factor = 4;
      for (int i = 0; i < lengths; i++) {
        for (int j = 0; j < dim; j++) {
          rows[i * dim + j] = x[j] + factor * direction[j];
        }
        factor /= 2;
      }
      Values values = target.evaluate(rows);
      int found = -1;
      for (int i = 0; i < lengths; i++) {
        double[] slope = Arrays.copyOfRange(values.gradient(), i * dim, (i + 1) * dim);
        if (values.value()[i] > (found < 0 ? value : values.value()[found])
            && Double.isFinite(values.value()[i])
            && Arrays.stream(slope).allMatch(Double::isFinite)) {
          found = i;
        }
      }
      if (found < 0) {
        return false;
      }
      x = Arrays.copyOfRange(rows, found * dim, (found + 1) * dim);
      value = values.value()[found];
      gradient = Arrays.copyOfRange(values.gradient(), found * dim, (found + 1) * dim);
      return true;
    }

    /** The normal with the greatest bound, unless bounds still grew at the end. */
    private Mode best() {
      int best = -1;
      for (int i = 0; i < passed.size(); i++) {
        if (Double.isFinite(passed.get(i).logMass())
            && (best < 0 || passed.get(i).logMass() > passed.get(best).logMass())) {
          best = i;
        }
      }
      boolean grows = best >= passed.size() - 3;
      if (best < 0 || (grows && (w.getNorm1() > FAR || norm(x) > FAR))) {
        throw new FjordException(
            ErrorKey.SOLVE_FAILED,
            "the log-density has no mode: it is flat or still rises far out, at %s; is the posterior improper? give every parameter a prior, or a constraint"
                .formatted(target.describe(x)));
      }
      return passed.get(best);
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }
}
