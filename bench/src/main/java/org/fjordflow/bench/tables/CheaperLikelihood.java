package org.fjordflow.bench.tables;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;

/**
 * What makes training a continuous flow by likelihood cheaper, in as many steps; see {@code
 * bench/cheaper-likelihood}.
 */
public final class CheaperLikelihood {

  private static final int MOONS = 20_000;
  private static final int HELD_OUT = 5;
  private static final double[] STEERS = {0.1, 0.5};
  private static final double PENALTY = 0.02;

  /** A recipe, solved in some way. */
  private record Way(Recipe recipe, UnaryOperator<SolveSettings> solve) {}

  /** Rows to draw from, and rows that were held out. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Rows(int columns, BatchSource batches, double[][] test, boolean standardized) {}

  /** Counts what steps cost, but for the first tenth of them. */
  private static final class Costs implements TrainingListener {
    private final long from;
    private long counted;
    private long forward;
    private long backward;
    private long start;
    private long end;

    Costs(long from) {
      this.from = from;
    }

    @Override
    public void step(StepMetrics metrics) {
      long now = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      if (metrics.step() <= from) {
        start = now;
        return;
      }
      end = now;
      counted++;
      forward += metrics.forwardEvaluations();
      backward += metrics.backwardEvaluations();
    }

    double milliseconds() {
      return (end - start) * 1e-6 / counted;
    }
  }

  private CheaperLikelihood() {}

  private static Map<String, Way> ways() {
    Map<String, Way> ways = new LinkedHashMap<>();
    ways.put("ffjord", new Way(Recipe.FFJORD, solve -> solve));
    for (double steer : STEERS) {
      ways.put("steer-" + steer, new Way(Recipe.FFJORD, solve -> solve.withSteer(steer)));
    }
    ways.put(
        "rnode",
        new Way(Recipe.FFJORD, solve -> solve.withPenalty(new EnergyPenalty(PENALTY, PENALTY))));
    ways.put("ot-flow", new Way(Recipe.OT_FLOW, solve -> solve));
    Hutchinson probe = new Hutchinson(ProbeDistribution.RADEMACHER, 1);
    ways.put(
        "ot-flow-probe", new Way(Recipe.OT_FLOW, solve -> solve.withTrainingDivergence(probe)));
    return ways;
  }

  /** Prints a table; see {@code bench/cheaper-likelihood}. */
  public static void main(String[] args) throws IOException {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      given.put(args[i], args[i + 1]);
    }
    long steps = Long.parseLong(given.getOrDefault("--steps", "1000"));
    long seed = Long.parseLong(given.getOrDefault("--seed", "0"));
    Path data = Path.of(given.getOrDefault("--data", "../shared/data"));
    Map<String, Way> ways = ways();
    if (given.containsKey("--ways")) {
      ways.keySet().retainAll(List.of(given.get("--ways").split(",", -1)));
    }
    System.out.println(
        "| data | way | log-likelihood | evaluations a step | ms a step | evaluations of a score |");
    System.out.println("|---|---|---|---|---|---|");
    for (String set : given.getOrDefault("--sets", "moons,cardio").split(",", -1)) {
      Rows rows = set.equals("moons") ? moons(seed) : table(set, data, seed);
      ways.forEach((name, way) -> System.out.println(line(set, name, way, rows, steps, seed)));
    }
  }

  private static String line(String set, String name, Way way, Rows rows, long steps, long seed) {
    RandomStreams streams = new RandomStreams(seed);
    FlowSpec plain = way.recipe().spec(rows.columns(), 0).withSolve(way.solve());
    FlowSpec spec = rows.standardized() ? plain : plain.withMomentsOf(Batch.of(rows.test()));
    RandomGenerator initial = streams.generator(Purpose.INITIALIZATION);
    try (FlowModel model = FlowModel.create(spec, initial, 1)) {
      Costs costs = new Costs(steps / 10);
      model
          .training(
              way.recipe().densityTraining(steps, rows.columns(), seed),
              rows.batches(),
              null,
              List.of(costs))
          .run();
      LogDensity scores = model.score(rows.test(), Context.none(), seed);
      double[] logProb = scores.logProb();
      double mean = Arrays.stream(logProb).average().orElseThrow();
      double variance =
          Arrays.stream(logProb).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
      return String.format(
          Locale.ROOT,
          "| %s | %s | %.3f ± %.3f | %.1f + %.1f | %.1f | %d |",
          set,
          name,
          mean,
          Math.sqrt(variance / logProb.length),
          (double) costs.forward / costs.counted,
          (double) costs.backward / costs.counted,
          costs.milliseconds(),
          scores.work().forwardEvaluations());
    }
  }

  private static Rows moons(long seed) {
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.TEST);
    return new Rows(
        2,
        BatchSource.sampled(ToyDensity.MOONS::sample),
        ToyDensity.MOONS.sample(MOONS, random),
        /* standardized= */ false);
  }

  /**
   * A fifth of the rows is held out. All are standardised by the others, and have normal noise of
   * the width {@code n^(-1/(d + 4))} (Scott 1992), drawn anew in each batch.
   */
  private static Rows table(String name, Path data, long seed) throws IOException {
    TableSet set =
        TableSet.all().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    double[][] all = set.read(data).rows();
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.TEST);
    for (int i = all.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      double[] row = all[i];
      all[i] = all[j];
      all[j] = row;
    }
    int held = all.length / HELD_OUT;
    double[][] trained = Arrays.copyOfRange(all, held, all.length);
    Moments moments = Moments.of(trained);
    double[][] rows = moments.standardize(trained);
    double[][] test = moments.standardize(Arrays.copyOf(all, held));
    int columns = test[0].length;
    double width = set.noise().equals("scott") ? Math.pow(rows.length, -1.0 / (columns + 4)) : 0;
    double[][] blurred = new double[held][];
    Arrays.setAll(blurred, i -> blurred(test[i], width, random));
    BatchSource batches =
        BatchSource.sampled(
            (n, source) -> {
              double[][] drawn = new double[n][];
              Arrays.setAll(drawn, i -> blurred(rows[source.nextInt(rows.length)], width, source));
              return drawn;
            });
    return new Rows(columns, batches, blurred, /* standardized= */ true);
  }

  private static double[] blurred(double[] row, double width, RandomGenerator random) {
    return Arrays.stream(row).map(x -> x + width * random.nextGaussian()).toArray();
  }
}
