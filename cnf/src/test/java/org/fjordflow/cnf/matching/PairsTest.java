package org.fjordflow.cnf.matching;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.train.Batch;
import org.junit.jupiter.api.Test;

/** Pairs beside SciPy's, and what pairs do to the source of each context. */
final class PairsTest {

  private final SplittableRandom random = new SplittableRandom(4);

  private static double[][] stored(String name) {
    try {
      return Tables.read(
              Path.of(
                  Objects.requireNonNull(PairsTest.class.getResource("/matching/" + name + ".csv"))
                      .toURI()))
          .rows();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static int[] identity(int n) {
    return IntStream.range(0, n).toArray();
  }

  private double[][] normal(int n, int columns) {
    double[][] rows = new double[n][columns];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    return rows;
  }

  @Test
  void transportIsSciPysAssignment() {
    int[] expected =
        Arrays.stream(stored("pairs")).mapToInt(row -> (int) Math.round(row[0])).toArray();
    Batch data = Batch.of(stored("data"));
    double[][] source = stored("source");
    assertEquals(60, data.size());
    assertArrayEquals(expected, Pairs.of(new Pairing.Transport(), source, data, random));
    assertArrayEquals(
        expected,
        Pairs.of(new Pairing.ConditionalTransport(0.1), source, data, random),
        "without contexts both are the same");
  }

  @Test
  void independentRowsStayAsTheyAre() {
    Batch data = Batch.of(normal(5, 2));
    assertArrayEquals(identity(5), Pairs.of(new Pairing.Independent(), normal(5, 2), data, random));
  }

  @Test
  void entropicPairsAreDrawnFromThePlan() {
    // Two rows each at -1 and 1: the plan has exp(-c / weight) on the diagonal, normalised.
    double[][] rows = {{-1}, {1}};
    double regularization = 0.5;
    double weight = regularization * 2; // the mean cost is (0 + 4 + 4 + 0) / 4
    double across = Math.exp(-4 / weight) / (1 + Math.exp(-4 / weight));
    int changed = 0;
    int n = 20_000;
    for (int k = 0; k < n; k++) {
      changed += Pairs.of(new Pairing.Entropic(regularization), rows, Batch.of(rows), random)[0];
    }
    double error = Math.sqrt(across * (1 - across) / n);
    assertEquals(across, (double) changed / n, 4 * error);
  }

  /** Mean of the source's rows that are paired with data of one context. */
  private static double mean(int[] pairs, double[][] source, double[][] context, double of) {
    return IntStream.range(0, pairs.length)
        .filter(i -> context[i][0] == of)
        .mapToDouble(i -> source[pairs[i]][0])
        .average()
        .orElseThrow();
  }

  @Test
  void pairsThatKnowContextsLeaveTheSourceOfEachAsItIs() {
    int n = 256;
    double plain = 0;
    double conditional = 0;
    int rounds = 20;
    for (int k = 0; k < rounds; k++) {
      double[][] source = normal(n, 1);
      double[][] context = new double[n][];
      Arrays.setAll(context, i -> new double[] {i % 2});
      double[][] rows = normal(n, 1);
      for (int i = 0; i < n; i++) {
        rows[i][0] = (i % 2 == 0 ? -2 : 2) + 0.3 * rows[i][0];
      }
      Batch data = new Batch(rows, context);
      int[] blind = Pairs.of(new Pairing.Transport(), source, data, random);
      int[] aware = Pairs.of(new Pairing.ConditionalTransport(0), source, data, random);
      assertArrayEquals(identity(n), Arrays.stream(aware).sorted().toArray());
      for (int i = 0; i < n; i++) {
        assertEquals(context[i][0], context[aware[i]][0], "pairs are of one context");
      }
      plain += mean(blind, source, context, 1) / rounds;
      conditional += mean(aware, source, context, 1) / rounds;
    }
    // The upper half of a normal has the mean sqrt(2 / pi): that is not the base any more.
    assertEquals(Math.sqrt(2 / Math.PI), plain, 0.1);
    assertEquals(0, conditional, 4 / Math.sqrt(rounds * n / 2.0));
  }

  @Test
  void theWeightLeavesTheShareOfPairsThatIsAskedFor() {
    int n = 64;
    double[][] source = normal(n, 2);
    double[][] context = normal(n, 1);
    double[][] rows = normal(n, 2);
    for (double share : new double[] {0.01, 0.05, 0.2}) {
      double[][] costs = Pairs.costs(rows, source);
      double weight = Pairs.weight(costs, Pairs.costs(context, context), share);
      int cheaper = 0;
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          double apart = Math.pow(context[i][0] - context[j][0], 2);
          cheaper += costs[i][j] + weight * apart < costs[i][i] ? 1 : 0;
        }
      }
      assertEquals(share, (double) cheaper / (n * n), 1.0 / (n * n));
    }
  }

  @Test
  void rowsThatAreAllTheSameAreEachPairedOnce() {
    double[][] same = new double[9][2];
    for (Pairing pairing :
        new Pairing[] {
          new Pairing.Transport(), new Pairing.Entropic(0.1), new Pairing.ConditionalTransport(0.1)
        }) {
      int[] pairs = Pairs.of(pairing, same, new Batch(same, normal(9, 1)), random);
      assertArrayEquals(identity(9), Arrays.stream(pairs).sorted().toArray());
    }
    assertTrue(Pairs.weight(new double[3][3], Pairs.costs(same, same), 0.1) >= 0);
  }
}
