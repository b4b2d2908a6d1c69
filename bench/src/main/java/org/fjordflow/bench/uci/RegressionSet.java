package org.fjordflow.bench.uci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;

/**
 * One of UCI's regression sets with its splits, in the files of Gal and Ghahramani (2016).
 *
 * @param folder with {@code data.txt}, {@code index_features.txt}, {@code index_target.txt} and the
 *     rows of each split
 * @param rows all rows. Not modified.
 * @param features their columns
 * @param target its column
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record RegressionSet(Path folder, double[][] rows, int[] features, int target) {

  /** Name of the column to predict. */
  static final String TARGET = "y";

  static RegressionSet read(Path folder) throws IOException {
    double[][] rows =
        lines(folder.resolve("data.txt"))
            .map(
                line ->
                    Arrays.stream(line.strip().split("\\s+", -1)).mapToDouble(Double::parseDouble))
            .map(numbers -> numbers.toArray())
            .toArray(double[][]::new);
    return new RegressionSet(
        folder,
        rows,
        indices(folder.resolve("index_features.txt")),
        indices(folder.resolve("index_target.txt"))[0]);
  }

  private static Stream<String> lines(Path file) throws IOException {
    return Files.readAllLines(file).stream().map(String::strip).filter(line -> !line.isEmpty());
  }

  private static int[] indices(Path file) throws IOException {
    return lines(file).mapToInt(line -> (int) Double.parseDouble(line)).toArray();
  }

  /** Returns the names of the columns of context. */
  List<String> given() {
    return IntStream.range(0, features.length).mapToObj(j -> "x" + j).toList();
  }

  /** Returns whether every target is a whole number, which has a probability and no density. */
  boolean isWhole() {
    return Arrays.stream(rows).allMatch(row -> row[target] == Math.rint(row[target]));
  }

  Table train(int split) throws IOException {
    return part("index_train_" + split + ".txt");
  }

  Table test(int split) throws IOException {
    return part("index_test_" + split + ".txt");
  }

  private Table part(String file) throws IOException {
    double[][] chosen =
        Arrays.stream(indices(folder.resolve(file)))
            .mapToObj(
                i ->
                    IntStream.range(0, features.length + 1)
                        .mapToDouble(j -> rows[i][j < features.length ? features[j] : target])
                        .toArray())
            .toArray(double[][]::new);
    List<String> names = Stream.concat(given().stream(), Stream.of(TARGET)).toList();
    return Table.of(names, chosen);
  }
}
