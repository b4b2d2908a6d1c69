package org.fjordflow.bench.anomaly;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;

/**
 * A set of ADBench, of which it is known which rows are anomalies.
 *
 * @param rows n x columns
 * @param anomalous whether each row is an anomaly
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record LabelledSet(double[][] rows, boolean[] anomalous) {

  /**
   * Rows to train on, and rows to test with.
   *
   * @param train normal rows, and some anomalies where it is asked for
   * @param test the others
   * @param anomalous whether each row of the test is an anomaly
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Parts(Table train, Table test, boolean[] anomalous) {}

  static LabelledSet read(Path folder, String name) {
    try (Stream<Path> files = Files.list(folder)) {
      Path file =
          files
              .filter(path -> id(path).equals(name))
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("no " + name + " in " + folder));
      double[][] labels = Tables.read(file + ":y").rows();
      boolean[] anomalous = new boolean[labels.length];
      for (int i = 0; i < labels.length; i++) {
        anomalous[i] = labels[i][0] != 0;
      }
      return new LabelledSet(Tables.read(file + ":X").rows(), anomalous);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String id(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.replaceFirst("^\\d+_", "").replaceFirst("\\.npz$", "");
  }

  /**
   * Trains on the first half of the normal rows in the order of the file, as ADBench's published
   * figures do, and tests with all others.
   */
  Parts firstHalf() {
    return parts(normals(), 0, 0);
  }

  /** Trains on half of the normal rows, drawn at random, so that those of the test are alike. */
  Parts anyHalf(long seed) {
    List<Integer> normals = new ArrayList<>(normals());
    Collections.shuffle(normals, new Random(seed));
    return parts(normals, 0, 0);
  }

  /**
   * Takes some anomalies out of the test, so that they are so large a part of the rows to train on.
   *
   * @param share of them among the rows to train on
   * @param trained whether they are among those rows, or in neither part
   */
  Parts contaminated(double share, boolean trained, long seed) {
    List<Integer> normals = normals();
    int half = normals.size() / 2;
    int count = (int) Math.round(share / (1 - share) * half);
    Parts parts = parts(normals, count, seed);
    if (!trained) {
      return new Parts(
          parts.train.selectRows(IntStream.range(0, half).toArray()), parts.test, parts.anomalous);
    }
    return parts;
  }

  private List<Integer> normals() {
    return IntStream.range(0, rows.length).filter(i -> !anomalous[i]).boxed().toList();
  }

  private Parts parts(List<Integer> normals, int anomalies, long seed) {
    List<Integer> train = new ArrayList<>(normals.subList(0, normals.size() / 2));
    List<Integer> others =
        new ArrayList<>(IntStream.range(0, rows.length).filter(i -> anomalous[i]).boxed().toList());
    Collections.shuffle(others, new Random(seed));
    train.addAll(others.subList(0, anomalies));
    boolean[] trained = new boolean[rows.length];
    train.forEach(i -> trained[i] = true);
    int[] test = IntStream.range(0, rows.length).filter(i -> !trained[i]).toArray();
    Table all = Table.of(rows);
    boolean[] labels = new boolean[test.length];
    for (int i = 0; i < test.length; i++) {
      labels[i] = anomalous[test[i]];
    }
    return new Parts(
        all.selectRows(train.stream().mapToInt(Integer::intValue).toArray()),
        all.selectRows(test),
        labels);
  }
}
