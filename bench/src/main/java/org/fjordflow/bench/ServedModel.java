package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.Model;
import org.fjordflow.discrete.DiscreteConfig;
import org.fjordflow.discrete.DiscreteModel;
import org.fjordflow.discrete.FlowConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;

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

  private final Model model;
  private final List<Request> requests = new ArrayList<>();
  private final List<double[]> answers = new ArrayList<>();

  ServedModel(String name, DType dtype, int threads) {
    RandomGenerator random = new SplittableRandom(SEED);
    model = create(name, dtype, threads, random);
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

  private static Model create(String name, DType dtype, int threads, RandomGenerator random) {
    if (name.startsWith("ffjord")) {
      ModelConfig config = ModelConfig.ffjord(DIM).withDtype(dtype.id());
      if (!name.equals("ffjord")) {
        config =
            config.withSolve(
                config
                    .solve()
                    .withEvaluationDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 2)));
      }
      return ContinuousModel.create(config, random, threads);
    }
    DiscreteConfig config = DiscreteConfig.of(family(name)).withDtype(dtype.id());
    return DiscreteModel.create(config, random, threads);
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
    double[] unused = model.flow().logProb(normals(rows, SEED), Context.none(), random(SEED));
  }

  private double[] ask(Request request) {
    Flow flow = model.flow();
    RandomGenerator random = random(request.seed());
    double[][] rows = normals(request.rows(), request.seed());
    return switch (request.kind()) {
      case 0 -> {
        Flow.LogDensity scores = flow.score(rows, Context.none(), random);
        yield concat(scores.logProb(), scores.standardError());
      }
      case 1 -> flat(flow.sample(request.rows(), Context.none(), random));
      case 2 -> {
        Flow.Sample sample = flow.sampleAndLogProb(request.rows(), Context.none(), random);
        yield concat(flat(sample.rows()), sample.logProb());
      }
      case 3 -> flat(flow.toBase(rows, Context.none(), random));
      default -> flat(flow.fromBase(rows, Context.none(), random));
    };
  }

  private static RandomGenerator random(long seed) {
    return new SplittableRandom(seed);
  }

  private static double[][] normals(int n, long seed) {
    RandomGenerator random = random(seed);
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
