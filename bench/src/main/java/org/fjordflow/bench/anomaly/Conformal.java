package org.fjordflow.bench.anomaly;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.anomaly.Alarm;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Calibration;
import org.fjordflow.model.anomaly.Detection;
import org.fjordflow.model.anomaly.DetectorOptions;
import org.hipparchus.stat.inference.KolmogorovSmirnovTest;

/**
 * Whether p-values of fresh normal rows are uniform, and whether Benjamini and Hochberg's rule
 * keeps its rate; see {@code bench/conformal}.
 */
public final class Conformal {

  private static final String DATA = "../shared/data/adbench";
  private static final List<String> REAL = List.of("thyroid", "cardio", "satimage-2");
  private static final int SPLITS = 100;
  private static final int FILES = 200;
  private static final double FDR = 0.1;

  private static final int COLUMNS = 5;
  private static final int ROWS = 3_000;
  private static final double CORRELATION = 0.6;

  /** Of the synthetic files: rows to calibrate by, rows, anomalies among them, and their shift. */
  private static final int CALIBRATION = 500;

  private static final int FILE_ROWS = 200;
  private static final int ANOMALIES = 20;
  private static final double SHIFT = 4;

  private Conformal() {}

  /** Measures both; see {@code bench/conformal}. */
  public static void main(String[] args) {
    Path data = Path.of(args.length > 0 ? args[0] : DATA);
    SplittableRandom random = new SplittableRandom(1);
    double[][] synthetic = normal(ROWS, random);
    System.out.println("| rows | splits | p-values a split | not uniform at 5 % | median D |");
    System.out.println("|---|---|---|---|---|");
    uniform("synthetic, 5 correlated columns", synthetic, random);
    for (String name : Files.isDirectory(data) ? REAL : List.<String>of()) {
      LabelledSet set = LabelledSet.read(data, name);
      double[][] normals =
          IntStream.range(0, set.rows().length)
              .filter(i -> !set.anomalous()[i])
              .mapToObj(i -> set.rows()[i])
              .toArray(double[][]::new);
      uniform(name, normals, random);
    }
    discoveries(synthetic, random);
  }

  /** A detector is made of a third of the rows; the others are split at random. */
  private static void uniform(String name, double[][] rows, SplittableRandom random) {
    double[][] shuffled = shuffled(rows, random);
    int third = rows.length / 3;
    try (AnomalyDetector detector = fitted(Arrays.copyOf(shuffled, third))) {
      double[] scores = scores(detector, Arrays.copyOfRange(shuffled, third, rows.length));
      double[] distances = new double[SPLITS];
      int rejected = 0;
      for (int i = 0; i < SPLITS; i++) {
        double[] dealt = shuffled(scores, random);
        double[] fresh = Arrays.copyOfRange(dealt, third, dealt.length);
        Calibration calibration = Calibration.of(Arrays.copyOf(dealt, third));
        distances[i] = distance(calibration.pValues(fresh), third);
        double chance = new KolmogorovSmirnovTest().approximateP(distances[i], third, fresh.length);
        rejected += chance < 0.05 ? 1 : 0;
      }
      Arrays.sort(distances);
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %,d | %d | %.4f |%n",
          name,
          SPLITS,
          scores.length - third,
          rejected,
          distances[SPLITS / 2]);
    }
  }

  private static void discoveries(double[][] train, RandomGenerator random) {
    double[] shares = new double[FILES];
    double[] power = new double[FILES];
    try (AnomalyDetector detector = fitted(train)) {
      for (int file = 0; file < FILES; file++) {
        double[][] rows = normal(FILE_ROWS, random);
        for (int i = 0; i < ANOMALIES; i++) {
          rows[i][0] += SHIFT;
        }
        Calibration calibration = Calibration.of(scores(detector, normal(CALIBRATION, random)));
        AnomalyDetector.Scores own = detector.score(Table.of(rows));
        int[] told =
            Detection.of(own.logProb(), own.score(), calibration, Alarm.fdr(FDR)).flagged();
        long right = Arrays.stream(told).filter(i -> i < ANOMALIES).count();
        shares[file] = told.length == 0 ? 0 : 1 - (double) right / told.length;
        power[file] = (double) right / ANOMALIES;
      }
    }
    double mean = Arrays.stream(shares).average().orElseThrow();
    double variance = Arrays.stream(shares).map(x -> (x - mean) * (x - mean)).sum() / (FILES - 1);
    System.out.printf(
        Locale.ROOT,
        "%n%d files of %d rows, %d of them anomalies, false discovery rate %s: of the told rows %.4f ± %.4f"
            + " are normal, %.3f of the anomalies are told%n",
        FILES,
        FILE_ROWS,
        ANOMALIES,
        FDR,
        mean,
        Math.sqrt(variance / FILES),
        Arrays.stream(power).average().orElseThrow());
  }

  private static AnomalyDetector fitted(double[][] rows) {
    FitOptions fit = DetectorOptions.standardFit().threads(1).build();
    return AnomalyDetector.fit(Table.of(rows), DetectorOptions.standard().withFit(fit));
  }

  private static double[] scores(AnomalyDetector detector, double[][] rows) {
    return detector.score(Table.of(rows)).score();
  }

  /** Rows of normal columns that all have one part in common. */
  private static double[][] normal(int n, RandomGenerator random) {
    double[][] rows = new double[n][COLUMNS];
    for (double[] row : rows) {
      double common = random.nextGaussian();
      for (int j = 0; j < COLUMNS; j++) {
        row[j] =
            CORRELATION * common + Math.sqrt(1 - CORRELATION * CORRELATION) * random.nextGaussian();
      }
    }
    return rows;
  }

  private static double[][] shuffled(double[][] rows, SplittableRandom random) {
    return Arrays.stream(order(rows.length, random))
        .mapToObj(i -> rows[i])
        .toArray(double[][]::new);
  }

  private static double[] shuffled(double[] values, SplittableRandom random) {
    return Arrays.stream(order(values.length, random)).mapToDouble(i -> values[i]).toArray();
  }

  private static int[] order(int n, SplittableRandom random) {
    double[] keys = random.doubles(n).toArray();
    return IntStream.range(0, n)
        .boxed()
        .sorted((i, j) -> Double.compare(keys[i], keys[j]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /**
   * The greatest distance between the distribution of p-values and that of fresh ones, which is
   * uniform on the multiples of 1 / (n + 1): Kolmogorov and Smirnov's of two samples, the rows to
   * calibrate by and the fresh ones.
   */
  private static double distance(double[] pValues, int calibration) {
    double[] ranks = Arrays.stream(pValues).map(p -> Math.rint(p * (calibration + 1))).toArray();
    double[] all = IntStream.rangeClosed(1, calibration + 1).asDoubleStream().toArray();
    return new KolmogorovSmirnovTest().kolmogorovSmirnovStatistic(ranks, all);
  }
}
