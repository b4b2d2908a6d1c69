package org.fjordflow.model.anomaly;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.TestData;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Normal rows of published sets, dealt out at random: what calibrates is like what is judged. */
final class RealNormalsTest {

  private static final long SEED = 4;
  private static final int TRAINED = 400;
  private static final int SPLITS = 100;

  @ParameterizedTest
  @ValueSource(strings = {"6_cardio", "38_thyroid", "31_satimage-2"})
  void pValuesOfFreshNormalsAreUniformOverSplits(String set) {
    String file = TestData.file("adbench/" + set + ".npz").toString();
    double[][] all = Tables.read(file + ":X").rows();
    double[] labels = Tables.read(file + ":y").column(0);
    SplittableRandom random = new SplittableRandom(SEED);
    int[] normal = shuffled(IntStream.range(0, all.length).filter(i -> labels[i] == 0), random);
    double[][] rows = Arrays.stream(normal).mapToObj(i -> all[i]).toArray(double[][]::new);
    FitOptions fit = FitOptions.builder(Recipe.MAF).steps(60).seed(SEED).threads(2).build();
    double[] scores;
    try (FlowModel model = FlowModel.fit(Table.of(Arrays.copyOf(rows, TRAINED)), fit)) {
      scores =
          Scoring.DENSITY.scores(
              model.logProb(Arrays.copyOfRange(rows, TRAINED, Math.min(rows.length, 2_400))), 0);
    }
    int rejected = 0;
    long alarms = 0;
    int held = scores.length / 2;
    for (int split = 0; split < SPLITS; split++) {
      int[] order = shuffled(IntStream.range(0, scores.length), random);
      double[] dealt = Arrays.stream(order).mapToDouble(i -> scores[i]).toArray();
      double[] calibrating = Arrays.copyOf(dealt, held);
      double[] fresh = Arrays.copyOfRange(dealt, held, dealt.length);
      rejected += KolmogorovSmirnov.pValue(calibrating, fresh) < 0.05 ? 1 : 0;
      double[] pValues = Calibration.of(calibrating).pValues(fresh);
      alarms += Arrays.stream(pValues).filter(p -> p <= 0.01).count();
    }
    double rate = (double) alarms / SPLITS / (scores.length - held);
    System.out.printf("%s: %d of %d rejected, false alarms %.4f%n", set, rejected, SPLITS, rate);
    assertTrue(rejected <= 5 + 3 * Math.sqrt(SPLITS * 0.05 * 0.95), rejected + " rejected");
    // Of a single split the rate has variance rate (1 - rate) (1 / held + 1 / fresh).
    double error = Math.sqrt(0.01 * 0.99 * 4 / scores.length / SPLITS);
    assertTrue(rate <= 0.01 + 3 * error, "false alarms " + rate);
  }

  private static int[] shuffled(IntStream numbers, SplittableRandom random) {
    int[] order = numbers.toArray();
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
}
