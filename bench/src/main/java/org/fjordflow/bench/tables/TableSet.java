package org.fjordflow.bench.tables;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;

/**
 * A table of real data.
 *
 * @param name what it is called
 * @param file where its rows are
 * @param noise added in training and to the test rows, in standard deviations or by a rule; values
 *     that repeat have no density without
 * @param reader how they are read
 */
record TableSet(String name, String file, String noise, Reader reader) {

  private static final List<String> UCI =
      List.of(
          "bostonHousing",
          "concrete",
          "energy",
          "naval-propulsion-plant",
          "wine-quality-red",
          "yacht");

  /** How rows are read from a file. */
  @FunctionalInterface
  interface Reader {
    Table read(Path file) throws IOException;
  }

  /** Those of docs/comparison.md, the other places on the Earth, and UCI's regression sets. */
  static List<TableSet> all() {
    Stream<TableSet> own =
        Stream.of(
            new TableSet("floods", "earth/flood.csv", "0.05", TableSet::onTheEarth),
            new TableSet("fires", "earth/fire.csv", "0.05", TableSet::onTheEarth),
            new TableSet("quakes", "earth/quakes_all.csv", "0.05", TableSet::onTheEarth),
            new TableSet("thyroid", "adbench/38_thyroid.npz:X", "scott", TableSet::plain),
            new TableSet("cardio", "adbench/6_cardio.npz:X", "scott", TableSet::plain),
            new TableSet("DW4", "particles/train_split_DW4.npy", "0", TableSet::particles),
            new TableSet("optdigits", "optdigits/optdigits_tra.csv", "0", TableSet::digits));
    return Stream.concat(
            own,
            UCI.stream()
                .map(name -> new TableSet(name, "uci/" + name + "/data.txt", "0", TableSet::uci)))
        .toList();
  }

  Table read(Path data) throws IOException {
    return reader.read(data.resolve(file));
  }

  private static Table plain(Path file) {
    return Table.of(Table.read(file).rows());
  }

  /** Longitude in radians and sine of latitude: densities are those on the unit sphere. */
  private static Table onTheEarth(Path file) {
    double[][] places = Table.read(file).rows();
    return Table.of(
        Arrays.stream(places)
            .map(row -> new double[] {Math.toRadians(row[1]), Math.sin(Math.toRadians(row[0]))})
            .toArray(double[][]::new));
  }

  /** A tenth of the configurations, flattened, for most of them repeat. */
  private static Table particles(Path file) {
    double[][] rows = Table.read(file).rows();
    return Table.of(Arrays.copyOf(rows, rows.length / 10));
  }

  /** Pixels with uniform noise on each whole number, without the label. */
  private static Table digits(Path file) {
    SplittableRandom random = new SplittableRandom(1);
    return Table.of(
        Arrays.stream(Table.read(file).rows())
            .map(row -> Arrays.stream(row, 0, 64).map(x -> x + random.nextDouble()).toArray())
            .toArray(double[][]::new));
  }

  /** All columns, target included, with names, so that each has the kind that it is found to be. */
  private static Table uci(Path file) throws IOException {
    double[][] rows =
        Files.readAllLines(file).stream()
            .filter(line -> !line.isBlank())
            .map(line -> line.strip().split("\\s+", -1))
            .map(cells -> Arrays.stream(cells).mapToDouble(Double::parseDouble).toArray())
            .toArray(double[][]::new);
    return Table.of(IntStream.range(0, rows[0].length).mapToObj(j -> "c" + j).toList(), rows);
  }
}
