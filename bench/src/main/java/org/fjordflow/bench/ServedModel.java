package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.discrete.FlowConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;

/**
 * A model with random values and the requests that {@link ServeSoak} makes of it, with the answers
 * that it gives them alone.
 */
final class ServedModel implements AutoCloseable {

  /** Models by the names that the command takes. */
  static final List<String> NAMES =
      List.of("ffjord", "ffjord-hutchinson", "nsf", "maf", "iaf", "realnvp", "glow", "tarflow");

  private static final int DIM = 6;
  private static final int WIDTH = 64;
  private static final long SEED = 11;
  private static final int[] ROWS = {1, 100, 3, 300, 17, 64};

  /** One call: what is asked for, with how many rows, and with which seed. */
  private record Request(int kind, int rows, long seed) {}

  private final FlowModel model;
  private final List<Request> requests = new ArrayList<>();
  private final List<double[]> answers = new ArrayList<>();

  ServedModel(String name, DType dtype, int threads) {
    RandomGenerator random = new SplittableRandom(SEED);
    model = FlowModel.create(spec(name).withDtype(dtype.id()), random, threads);
    double[] values = model.parameters().get();
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextDouble(-0.02, 0.02);
    }
    model.parameters().set(values);
    for (int i = 0; i < 5 * ROWS.length; i++) {
      requests.add(new Request(i % 5, ROWS[i % ROWS.length], SEED + i));
    }
    requests.forEach(request -> answers.add(ask(request)));
  }

  private static FlowSpec spec(String name) {
    if (!name.startsWith("ffjord")) {
      return FlowSpec.of(family(name));
    }
    FlowSpec spec = FlowSpec.of(ModelConfig.ffjord(DIM));
    Hutchinson probes = new Hutchinson(ProbeDistribution.RADEMACHER, 2);
    return name.equals("ffjord")
        ? spec
        : spec.withSolve(solve -> solve.withEvaluationDivergence(probes));
  }

  private static FlowConfig family(String name) {
    return switch (name) {
      case "nsf" -> Flows.nsf(DIM, 5, WIDTH);
      case "maf" -> Flows.maf(DIM, 5, WIDTH);
      case "iaf" -> Flows.iaf(DIM, 5, WIDTH);
      case "realnvp" -> Flows.realNvp(DIM, 10, WIDTH);
      case "glow" -> Flows.glow(DIM, 8, WIDTH);
      case "tarflow" -> Flows.tarFlow(DIM, 3, 3, WIDTH);
      default -> throw new IllegalArgumentException("no model '" + name + "'; there are " + NAMES);
    };
  }

  /** Returns how many requests there are. */
  int requests() {
    return requests.size();
  }

  /** Returns whether a request gets the bits that it got alone. */
  boolean isRight(int request) {
    return Arrays.equals(answers.get(request), ask(requests.get(request)));
  }

  /** Scores rows, for the time it takes. */
  void score(int rows) {
    double[] unused = model.logProb(normals(rows, SEED));
  }

  private double[] ask(Request request) {
    double[][] rows = normals(request.rows(), request.seed());
    return switch (request.kind()) {
      case 0 -> {
        Flow.LogDensity scores = model.score(rows, Context.none(), request.seed());
        yield concat(scores.logProb(), scores.standardError());
      }
      case 1 -> flat(model.sample(request.rows(), request.seed()).rows());
      case 2 -> {
        Flow.Sample sample = model.sampleAndLogProb(request.rows(), Context.none(), request.seed());
        yield concat(flat(sample.rows()), sample.logProb());
      }
      case 3 -> flat(model.toBase(rows, Context.none()));
      default -> flat(model.fromBase(rows, Context.none()));
    };
  }

  private static double[][] normals(int n, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    double[][] rows = new double[n][DIM];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    return rows;
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[] concat(double[] first, double[] second) {
    return DoubleStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  @Override
  public void close() {
    model.close();
  }
}
