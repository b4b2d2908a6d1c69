package org.fjordflow.inference.evaluation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.core.data.Table;

/** Samples and values of other libraries, written by {@code reference.py} beside them. */
final class Stored {

  private Stored() {}

  static double[][] sample(String name) {
    return Table.read(path(name)).rows();
  }

  static double value(String name) {
    try {
      return Files.readAllLines(path("expected")).stream()
          .filter(line -> line.startsWith(name + ","))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Stored.class.getResource("/evaluation/" + name + ".csv")).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** Rows of independent normals with one mean. */
  static double[][] normal(int rows, int columns, double mean, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] result = new double[rows][columns];
    for (double[] row : result) {
      Arrays.setAll(row, j -> mean + random.nextGaussian());
    }
    return result;
  }
}
