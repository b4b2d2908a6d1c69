package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Table.Split;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * Anomaly detection with an FFJORD flow on real data, the cardiotocograms of ADBench's set cardio:
 * trained on normal rows, it gives anomalies a low density. Arguments, all optional: the folder of
 * real data (else the environment variable FJORD_DATA, else ../shared/data), the number of seeds,
 * the number of training steps.
 *
 * <p>The columns are counts and rounded numbers, one of them constant; on such rows a density can
 * grow without bound. What is learned is therefore their kernel density estimate: every training
 * row comes with normal noise of a width that depends on the number of rows and columns alone
 * (Scott 1992, {@code n^(-1/(d + 4))}). A tenth of the training rows is kept to choose the best
 * parameters by. Labels are looked at for the final figure only.
 *
 * <p>A better density is not the better detector here: anomalies lie far out where the data varies
 * most, which the smoothing brings out. With hardly any of it the flow scores as the Gaussian, and
 * trained much longer the flow falls to an AUROC near 92.
 */
public final class CardioAnomalies {

  private static final int NOISY_COPIES = 8;

  private CardioAnomalies() {}

  /** Runs the example. */
  public static void main(String[] args) {
    Path folder = args.length > 0 ? Path.of(args[0]) : dataFolder();
    int seeds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    long steps = args.length > 2 ? Long.parseLong(args[2]) : 500;
    AnomalyTask task = AnomalyTask.read(folder.resolve("adbench").resolve("6_cardio.npz"));
    System.out.printf(
        "%d rows to train on, %d to judge, %d columns%n",
        task.train().length, task.test().length, task.train()[0].length);
    double gaussian = task.auroc(GaussianDetector.fit(task.train()).logProb(task.test()));
    System.out.printf("Gaussian, full covariance:  AUROC %.2f%n", 100 * gaussian);
    for (int seed = 1; seed <= seeds; seed++) {
      Result result = run(task, steps, seed);
      System.out.printf(
          "FFJORD, seed %d:             AUROC %.2f   (validation %.2f nats, step %d, %.0f s)%n",
          seed,
          100 * result.auroc(),
          result.training().bestValidationLoss(),
          result.training().bestStep(),
          result.training().seconds());
    }
  }

  /** The folder of real data that examples read. */
  static Path dataFolder() {
    String setting = System.getenv("FJORD_DATA");
    return Path.of(setting != null ? setting : "../shared/data");
  }

  record Result(double auroc, TrainingResult training) {}

  static Result run(AnomalyTask task, long steps, long seed) {
    RandomStreams random = new RandomStreams(seed);
    int columns = task.train()[0].length;
    double width = Math.pow(task.train().length, -1.0 / (columns + 4));
    Split split = Split.random(Table.of(task.train()), 0.1, 0, random.generator(Purpose.SPLIT));
    double[][] train = split.train().rows();
    double[][] validation =
        noisy(
            split.validation().rows(),
            NOISY_COPIES * split.validation().rowCount(),
            width,
            random.generator(Purpose.VALIDATION, 1));

    try (FlowModel model = FlowModel.create(FlowSpec.of(config(columns)), seed)) {
      TrainerConfig training =
          TrainerConfig.of(steps, 200, seed)
              .withOptimizer(Adam.of(1e-3))
              .withClipNorm(10)
              .withValidation(50, 5);
      BatchSource batches = BatchSource.sampled((n, source) -> noisy(train, n, width, source));
      Validation judge = model.validation(Batch.of(validation));
      TrainingResult result = model.training(training, batches, judge, List.of()).run();
      return new Result(task.auroc(model.logProb(task.test())), result);
    }
  }

  /** One Rademacher probe a row in training, the exact trace of all columns otherwise. */
  private static ModelConfig config(int columns) {
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
    return ModelConfig.builder(columns)
        .layer("concatsquash")
        .hidden(64, 64)
        .activation("tanh")
        .trainEndTime(true)
        .solve(SolveSettings.hutchinson().withSolver(solver))
        .build();
  }

  /** Draws from the kernel density estimate of rows: one of them, at random, plus noise. */
  private static double[][] noisy(
      double[][] rows, int count, double width, RandomGenerator random) {
    double[][] result = new double[count][];
    for (int i = 0; i < count; i++) {
      double[] row = rows[random.nextInt(rows.length)].clone();
      for (int j = 0; j < row.length; j++) {
        row[j] += width * random.nextGaussian();
      }
      result[i] = row;
    }
    return result;
  }
}
