package org.fjordflow.inference.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/**
 * The classifier two-sample test (Lopez-Paz and Oquab 2017) as the benchmark sbibm defines it
 * (Lueckmann et al. 2021): how often a network tells on held-out rows which sample they are of, 0.5
 * for samples that it cannot tell apart, 1 for samples that it always can.
 *
 * <p>Both samples are standardised by the mean and deviation of the first. The network has two
 * hidden layers of 10 times the columns with relu, and is trained as scikit-learn's {@code
 * MLPClassifier} is by default: Adam at 0.001, batches of 200, a penalty of 0.0001, until the loss
 * of ten epochs in a row has brought no gain of 0.0001. Accuracies are those of five folds of the
 * shuffled rows. Initial weights and orders are not scikit-learn's, so single values differ from
 * its own as those of two of its seeds do.
 *
 * @param accuracy mean of the folds', in 0 to 1
 * @param folds accuracy of each
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record ClassifierTest(double accuracy, double[] folds) {

  private static final int FOLDS = 5;
  private static final int UNITS_A_COLUMN = 10;
  private static final int BATCH = 200;
  private static final int EPOCHS = 1_000;
  private static final int PATIENCE = 10;
  private static final double TOLERANCE = 1e-4;
  private static final double PENALTY = 1e-4;

  /**
   * Compares two samples.
   *
   * @param first n x columns, what is standardised by; of a benchmark the reference. Not modified.
   * @param second m x columns. Not modified.
   * @param random source of folds, initial weights and batches
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare;
   *     INVALID_ARGUMENT for fewer than 5 rows together
   */
  public static ClassifierTest of(double[][] first, double[][] second, RandomGenerator random) {
    TwoSamples samples = TwoSamples.of(first, second).standardizedByFirst();
    int n = samples.size();
    if (n < FOLDS) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d rows in both samples; expected at least %d, one a fold".formatted(n, FOLDS));
    }
    int[] order = TwoSamples.permutation(n, random);
    double[] accuracies = new double[FOLDS];
    for (int k = 0; k < FOLDS; k++) {
      // The first n mod 5 folds have one row more, as scikit-learn's KFold.
      int from = k * (n / FOLDS) + Math.min(k, n % FOLDS);
      int to = from + n / FOLDS + (k < n % FOLDS ? 1 : 0);
      int[] held = Arrays.copyOfRange(order, from, to);
      int[] others = new int[n - held.length];
      System.arraycopy(order, 0, others, 0, from);
      System.arraycopy(order, to, others, from, n - to);
      accuracies[k] = accuracy(samples.batch(others), samples.batch(held), random);
    }
    return new ClassifierTest(Arrays.stream(accuracies).average().orElseThrow(), accuracies);
  }

  private static double accuracy(Batch train, Batch held, RandomGenerator random) {
    try (Backend backend = Backends.create(Backends.AUTO, DType.FLOAT32, 1)) {
      Parameters parameters = new Parameters(backend);
      Mlp network = network(parameters, train.rows()[0].length, random);
      int batch = Math.min(BATCH, train.size());
      int epoch = (train.size() + batch - 1) / batch;
      TrainerConfig config = TrainerConfig.of((long) EPOCHS * epoch, batch, random.nextLong());
      NoGain noGain = new NoGain(epoch);
      Trainer trainer =
          new Trainer(
              config,
              parameters,
              (pass, rows) -> loss(pass, network, rows),
              BatchSource.shuffled(train),
              List.of(noGain));
      noGain.stop = trainer::stop;
      trainer.train();
      return accuracy(backend, network, held);
    }
  }

  /** Uniform weights and biases after Glorot and Bengio, as scikit-learn's. */
  private static Mlp network(Parameters parameters, int columns, RandomGenerator random) {
    int hidden = UNITS_A_COLUMN * columns;
    int[] sizes = {columns, hidden, hidden, 1};
    List<Dense> layers = new ArrayList<>();
    for (int i = 0; i + 1 < sizes.length; i++) {
      double bound = Math.sqrt((i + 2 < sizes.length ? 6.0 : 2.0) / (sizes[i] + sizes[i + 1]));
      layers.add(
          new Dense(
              parameters.add(
                  i + ".weight",
                  uniform(sizes[i] * sizes[i + 1], bound, random),
                  sizes[i + 1],
                  sizes[i]),
              parameters.add(i + ".bias", uniform(sizes[i + 1], bound, random), sizes[i + 1])));
    }
    return new Mlp(layers, Activation.RELU);
  }

  private static double[] uniform(int count, double bound, RandomGenerator random) {
    return random.doubles(count).map(u -> (2 * u - 1) * bound).toArray();
  }

  /** Cross-entropy, log(1 + exp(l)) - y l, and the penalty of the weights. */
  private static Var loss(Pass pass, Mlp network, Batch batch) {
    Tape tape = pass.tape();
    Var logits = network.apply(tape, rows(tape, batch));
    double[][] labels = batch.context();
    Var which = tape.constant(RowArrays.flatten(given(labels), 1, "labels"), batch.size(), 1);
    Var entropy =
        tape.subtract(tape.apply(Elementwise.SOFTPLUS, logits), tape.multiply(logits, which));
    Var loss = tape.mean(entropy);
    for (Dense layer : network.layers()) {
      Var squares = tape.apply(Elementwise.SQUARE, tape.parameter(layer.weight()));
      double factor = 0.5 * PENALTY / batch.size() * layer.weight().value().rows();
      loss = tape.add(loss, tape.affine(factor, tape.mean(tape.rowSum(squares)), 0));
    }
    return loss;
  }

  private static double[][] given(double @Nullable [][] labels) {
    if (labels == null) {
      throw new IllegalStateException("rows without labels");
    }
    return labels;
  }

  private static Var rows(Tape tape, Batch batch) {
    int columns = batch.rows()[0].length;
    return tape.constant(RowArrays.flatten(batch.rows(), columns, "sample"), batch.size(), columns);
  }

  private static double accuracy(Backend backend, Mlp network, Batch held) {
    Tape tape = Tape.evaluating(backend);
    double[][] logits = RowArrays.of(backend, network.apply(tape, rows(tape, held)).value());
    double[][] labels = given(held.context());
    int right = 0;
    for (int i = 0; i < logits.length; i++) {
      right += (logits[i][0] > 0) == (labels[i][0] > 0.5) ? 1 : 0;
    }
    return (double) right / logits.length;
  }

  /** Ends a training whose loss of an epoch has not fallen for long. */
  private static final class NoGain implements TrainingListener {
    private final int epoch;
    private Runnable stop = () -> {};
    private double sum;
    private double best = Double.POSITIVE_INFINITY;
    private int without;

    NoGain(int epoch) {
      this.epoch = epoch;
    }

    @Override
    public void step(StepMetrics metrics) {
      sum += metrics.loss();
    }

    @Override
    public void stepEnded(long step, Supplier<TrainingState> state) {
      if (step % epoch != 0) {
        return;
      }
      double mean = sum / epoch;
      sum = 0;
      without = mean > best - TOLERANCE ? without + 1 : 0;
      best = Math.min(best, mean);
      if (without > PATIENCE) {
        stop.run();
      }
    }
  }
}
