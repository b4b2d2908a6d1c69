package org.fjordflow.bench.matching;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.bench.matching.Points.Condition;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.data.internal.transport.Assignment;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/** Eight normals to two moons as in C2OT's script; see {@code bench/matching}. */
public final class MatchingBenchmark {

  private static final int BATCH = 256;
  private static final int ROUNDS = 2;
  private static final double RATE = 2e-3;

  private final long steps;
  private final long seed;
  private final int points;
  private final int pairs;
  private final Path file;
  private final List<Result> done;

  private MatchingBenchmark(long steps, long seed, int points, int pairs, Path file)
      throws IOException {
    this.steps = steps;
    this.seed = seed;
    this.points = points;
    this.pairs = pairs;
    this.file = file;
    this.done =
        Files.isRegularFile(file)
            ? Files.readAllLines(file).stream().skip(1).map(Result::parse).toList()
            : List.of();
  }

  /** Trains what the results file has not, and prints the table. */
  public static void main(String[] args) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
    }
    MatchingBenchmark run =
        new MatchingBenchmark(
            Long.parseLong(options.getOrDefault("steps", "20000")),
            Long.parseLong(options.getOrDefault("seed", "0")),
            Integer.parseInt(options.getOrDefault("points", "10000")),
            Integer.parseInt(options.getOrDefault("pairs", "50000")),
            Path.of(options.getOrDefault("results", "bench/target/matching.csv")));
    List<String> chosen = List.of(options.getOrDefault("trials", "").split(",", -1));
    for (Trial trial : Trial.ALL) {
      if (chosen.contains("") || chosen.contains(trial.name())) {
        run.run(trial);
      }
    }
    run.print();
  }

  private void run(Trial trial) throws IOException {
    String last = trial.straightens() ? round(trial, ROUNDS) : trial.name();
    if (isDone(last)) {
      return;
    }
    ModelConfig config =
        ModelConfig.builder(2)
            .context(trial.condition() == Condition.NONE ? 0 : 1)
            .hidden(128, 128, 128)
            .activation("swish")
            .build()
            .withSolve(SolveSettings.exact().withEvaluationSolver(adaptive()));
    RandomStreams streams = new RandomStreams(seed);
    try (BuiltModel<ModelConfig> model =
        config.create(streams.generator(Purpose.INITIALIZATION), 1)) {
      FlowMatching matching =
          FlowMatching.of(
              model.flow().bijection(),
              Points::eightGaussians,
              FlowMatching.Options.standard().withPairing(trial.pairing()));
      BatchSource data =
          (step, size, own) ->
              Points.moons(size, trial.condition(), own.generator(Purpose.DATA, step));
      double seconds =
          new Trainer(training(), model.parameters(), matching, data, List.of()).train().seconds();
      measure(trial.name(), trial.condition(), model, seconds);
      for (int round = 1; trial.straightens() && round <= ROUNDS; round++) {
        double took = reflow(model, streams.generator(Purpose.SAMPLES, round));
        measure(round(trial, round), trial.condition(), model, took);
      }
    }
  }

  /** With the number of pairs, so that others in the same results file are another training. */
  private String round(Trial trial, int round) {
    return String.format(Locale.ROOT, "%s reflow %d of %d pairs", trial.name(), round, pairs);
  }

  private boolean isDone(String trial) {
    return done.stream()
        .anyMatch(r -> r.trial().equals(trial) && r.steps() == steps && r.seed() == seed);
  }

  private TrainerConfig training() {
    return TrainerConfig.of(steps, BATCH, seed)
        .withOptimizer(Adam.of(RATE))
        .withSchedule(new Schedule.Cosine(steps, 0.01))
        .withAverage(0.999);
  }

  /** Matches the pairs that the field itself makes. */
  private double reflow(BuiltModel<ModelConfig> model, RandomGenerator random) {
    double[][] source = Points.eightGaussians(pairs, random);
    double[][] carried = model.flow().fromBase(source, Context.none(), random);
    double[][] both = new double[pairs][];
    for (int i = 0; i < pairs; i++) {
      both[i] = new double[] {carried[i][0], carried[i][1], source[i][0], source[i][1]};
    }
    FlowMatching matching =
        FlowMatching.ofPairs(model.flow().bijection(), FlowMatching.Options.standard());
    BatchSource batches = BatchSource.shuffled(Batch.of(both));
    return new Trainer(training(), model.parameters(), matching, batches, List.of())
        .train()
        .seconds();
  }

  private void measure(
      String name, Condition condition, BuiltModel<ModelConfig> model, double seconds)
      throws IOException {
    RandomStreams streams = new RandomStreams(seed);
    double[][] source = Points.eightGaussians(points, streams.generator(Purpose.TEST, 0));
    Batch data = Points.moons(points, condition, streams.generator(Purpose.TEST, 1));
    double[][] given = data.context();
    Context context = given == null ? Context.none() : Context.of(given);
    RandomGenerator random = streams.generator(Purpose.PROBES);
    double[][] far =
        model
            .withBijection(
                ContinuousFlow.solved(
                    model.flow().bijection(), solve -> solve.withEvaluationSolver(oneStep())))
            .flow()
            .fromBase(source, context, random);
    double[][] near = model.flow().fromBase(source, context, random);
    append(
        new Result(
            name,
            steps,
            seed,
            seconds,
            squaredDistance(far, data.rows()),
            squaredDistance(near, data.rows()),
            points));
  }

  private static SolverConfig adaptive() {
    return SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
  }

  private static SolverConfig oneStep() {
    return SolverConfig.fixed(SolverMethod.EULER, 1);
  }

  /** The least mean square of an assignment of all rows. */
  private static double squaredDistance(double[][] first, double[][] second) {
    int n = first.length;
    double[][] costs = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        costs[i][j] = square(first[i][0] - second[j][0]) + square(first[i][1] - second[j][1]);
      }
    }
    int[] assigned = Assignment.solve(costs);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += costs[i][assigned[i]];
    }
    return sum / n;
  }

  private static double square(double value) {
    return value * value;
  }

  private void append(Result result) throws IOException {
    if (!Files.isRegularFile(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, Result.HEADER + "\n");
    }
    Files.writeString(file, result.line() + "\n", StandardOpenOption.APPEND);
    System.err.println(result.line());
  }

  private void print() throws IOException {
    RandomStreams streams = new RandomStreams(seed);
    double floor =
        squaredDistance(
            Points.moons(points, Condition.NONE, streams.generator(Purpose.TEST, 2)).rows(),
            Points.moons(points, Condition.NONE, streams.generator(Purpose.TEST, 1)).rows());
    System.out.printf("squared distance of two fresh samples of the data: %.4f%n", floor);
    System.out.println("| trial | steps | one step | published | adaptive | published | seconds |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (Result result : Files.readAllLines(file).stream().skip(1).map(Result::parse).toList()) {
      Trial trial =
          Trial.ALL.stream()
              .filter(one -> one.name().equals(result.trial()))
              .findFirst()
              .orElse(null);
      System.out.printf(
          "| %s | %d | %.4f | %s | %.4f | %s | %.0f |%n",
          result.trial(),
          result.steps(),
          result.oneStep(),
          trial == null ? "" : trial.oneStep(),
          result.adaptive(),
          trial == null ? "" : trial.adaptive(),
          result.seconds());
    }
  }
}
