package org.fjordflow.report;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Draws every picture from analytic data into a folder, for people to look at, and for a machine
 * without fonts: {@code Gallery FOLDER}. Prints which lettering was used.
 */
final class Gallery {
  private Gallery() {}

  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    double[][] data = eightGaussians(4000, random);
    double[][] samples = eightGaussians(4000, random);
    PictureWriter.write(
        folder.resolve("density.png"),
        DensityPicture.draw(Gallery::logProbOfEight, Limits.around(data), 200));
    PictureWriter.write(
        folder.resolve("samples.png"), SamplesPicture.draw(data, samples, List.of()));
    PictureWriter.write(
        folder.resolve("samples-1.png"),
        SamplesPicture.draw(normal(3000, 1, random), normal(3000, 1, random), List.of("height")));
    PictureWriter.write(
        folder.resolve("samples-7.png"),
        SamplesPicture.draw(normal(3000, 7, random), normal(3000, 7, random), List.of()));
    double[] times = new double[21];
    Arrays.setAll(times, k -> 1 - k / 20.0);
    double[][] base = normal(600, 2, random);
    double[][][] states = new double[21][][];
    Arrays.setAll(
        states, k -> Arrays.stream(base).map(z -> bend(z, k / 20.0)).toArray(double[][]::new));
    PictureWriter.write(folder.resolve("paths.png"), PathsPicture.draw(times, states));
    double[][][] first = new double[21][][];
    Arrays.setAll(
        first,
        k -> Arrays.stream(states[k]).map(z -> new double[] {z[0]}).toArray(double[][]::new));
    PictureWriter.write(folder.resolve("paths-1.png"), PathsPicture.draw(times, first));
    PictureWriter.write(
        folder.resolve("grid.png"),
        GridPicture.draw(
            rows -> Arrays.stream(rows).map(z -> bend(z, 1)).toArray(double[][]::new), 3));
    PictureWriter.write(folder.resolve("training.png"), training(random));
    System.out.println(Lettering.ofMachine().getClass().getSimpleName());
  }

  private static java.awt.image.BufferedImage training(RandomGenerator random) {
    double[] steps = new double[1500];
    double[] loss = new double[1500];
    double[] validation = new double[1500];
    double[] forward = new double[1500];
    double[] backward = new double[1500];
    for (int i = 0; i < 1500; i++) {
      steps[i] = i + 1;
      loss[i] = 1.1 + 2.5 * Math.exp(-i / 150.0) + 0.06 * random.nextGaussian();
      validation[i] = i % 100 == 99 ? 1.1 + 2.5 * Math.exp(-i / 150.0) : Double.NaN;
      forward[i] = 14 + 6 * (i / 250) + (random.nextInt(3) == 0 ? 6 : 0);
      backward[i] = 12 + 6 * (i / 300);
    }
    return TrainingPicture.draw(
        List.of(
            new Curve("training", steps, loss),
            new Curve("validation", steps, validation).withoutGaps()),
        List.of(new Curve("forward", steps, forward), new Curve("backward", steps, backward)));
  }

  /** A smooth map of the plane that turns and pinches, from the identity at time 0. */
  static double[] bend(double[] z, double time) {
    double angle = time * 1.6 * Math.exp(-0.25 * (z[0] * z[0] + z[1] * z[1]));
    double x = Math.cos(angle) * z[0] - Math.sin(angle) * z[1];
    double y = Math.sin(angle) * z[0] + Math.cos(angle) * z[1];
    return new double[] {x + time * 0.9 * Math.tanh(2 * x), y + time * 0.4 * Math.sin(2 * x)};
  }

  static double[][] normal(int rows, int columns, RandomGenerator random) {
    double[][] all = new double[rows][columns];
    for (double[] row : all) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian() + (j > 0 ? 0.6 * row[j - 1] * row[j - 1] : 0);
      }
    }
    return all;
  }

  static double[][] eightGaussians(int count, RandomGenerator random) {
    double[][] rows = new double[count][];
    for (int i = 0; i < count; i++) {
      double angle = Math.PI / 4 * random.nextInt(8);
      rows[i] =
          new double[] {
            (4 * Math.cos(angle) + 0.5 * random.nextGaussian()) / 1.414,
            (4 * Math.sin(angle) + 0.5 * random.nextGaussian()) / 1.414
          };
    }
    return rows;
  }

  static double[] logProbOfEight(double[][] rows) {
    double deviation = 0.5 / 1.414;
    return Arrays.stream(rows)
        .mapToDouble(
            row -> {
              double sum = 0;
              for (int k = 0; k < 8; k++) {
                double dx = row[0] - 4 / 1.414 * Math.cos(Math.PI / 4 * k);
                double dy = row[1] - 4 / 1.414 * Math.sin(Math.PI / 4 * k);
                sum += Math.exp(-(dx * dx + dy * dy) / (2 * deviation * deviation));
              }
              return Math.log(sum / (8 * 2 * Math.PI * deviation * deviation));
            })
        .toArray();
  }
}
