package org.fjordflow.inference.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;

/** Tables of parameters and what was simulated with them, a row a run. */
public final class Simulations {

  private Simulations() {}

  /**
   * Draws parameters and simulates an observation with each.
   *
   * @param prior where parameters are drawn from
   * @param simulator runs the model
   * @param runs how many, at least 1
   * @param random source of all randomness
   * @return columns of the parameters by their names, then those of the observation, {@code x1},
   *     {@code x2} and so on; NaN where a run failed
   * @throws FjordException INVALID_ARGUMENT for no run; SHAPE_MISMATCH for observations of
   *     different lengths, or of none; as {@link Prior#sample}
   */
  public static Table draw(Prior prior, Simulator simulator, int runs, RandomGenerator random) {
    if (runs < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, runs + " simulations; expected at least 1");
    }
    double[][] rows = new double[runs][];
    int length = 0;
    for (int i = 0; i < runs; i++) {
      double[] parameters = prior.sample(random);
      double[] simulated = simulator.simulate(parameters.clone(), random);
      length = i == 0 ? simulated.length : length;
      if (simulated.length != length || length == 0) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "simulation %d has %d values, the first one %d; expected as many in each, at least one"
                .formatted(i + 1, simulated.length, length));
      }
      rows[i] = DoubleStream.concat(Arrays.stream(parameters), Arrays.stream(simulated)).toArray();
    }
    List<String> outputs = IntStream.rangeClosed(1, length).mapToObj(j -> "x" + j).toList();
    return Table.of(Stream.concat(prior.names().stream(), outputs.stream()).toList(), rows);
  }

  /** The rows of both. */
  static Table together(Table first, Table second) {
    if (!first.names().equals(second.names())) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "simulations of one round have columns %s, of the next one %s"
              .formatted(first.names(), second.names()));
    }
    double[][] rows =
        Stream.concat(Arrays.stream(first.rows()), Arrays.stream(second.rows()))
            .toArray(double[][]::new);
    return Table.of(first.names(), rows);
  }

  /** The columns that are no parameters, in their order. */
  static List<String> outputs(Prior prior, Table table) {
    List<String> missing =
        prior.names().stream().filter(name -> !table.names().contains(name)).toList();
    List<String> outputs =
        table.names().stream().filter(name -> !prior.names().contains(name)).toList();
    if (!missing.isEmpty() || outputs.isEmpty()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the table has columns %s; expected the parameters %s and at least one other, simulated"
              .formatted(table.names(), prior.names()));
    }
    return outputs;
  }

  /**
   * Leaves out runs that failed, or refuses them, and columns that are always the same.
   *
   * @param remarks takes one line for each kind of what was left out. Modified.
   */
  static Table usable(
      Prior prior, Table table, List<String> outputs, boolean drops, List<String> remarks) {
    double[][] rows = table.rows();
    int[] failed =
        IntStream.range(0, rows.length)
            .filter(i -> !Arrays.stream(rows[i]).allMatch(Double::isFinite))
            .toArray();
    if (failed.length > 0) {
      String said =
          "%d of %d simulations have NaN or infinite values, the first one in row %d, column '%s'"
              .formatted(failed.length, rows.length, failed[0] + 1, firstBad(table, failed[0]));
      if (!drops || failed.length == rows.length) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            said
                + "; make the simulator say failures by a number, or leave them out by withoutFailed(): the posterior is then that of parameters with which a simulation does not fail");
      }
      remarks.add(said + "; they were left out");
    }
    double[][] left =
        Arrays.stream(rows)
            .filter(row -> Arrays.stream(row).allMatch(Double::isFinite))
            .toArray(double[][]::new);
    Table all = Table.of(table.names(), left);
    List<String> constant = all.names().stream().filter(name -> isConstant(all, name)).toList();
    List<String> parameters = constant.stream().filter(prior.names()::contains).toList();
    if (!parameters.isEmpty() || constant.containsAll(outputs)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s the same value in all %d simulations; there is nothing to infer, %s"
              .formatted(
                  (parameters.isEmpty()
                      ? "all outputs have"
                      : "parameters " + parameters + " have"),
                  left.length,
                  parameters.isEmpty() ? "check the simulator" : "leave them out of the prior"));
    }
    if (!constant.isEmpty()) {
      remarks.add(
          "columns %s have the same value in all %d simulations: they say nothing of the parameters and are not used"
              .formatted(constant, left.length));
    }
    List<Integer> kept = new ArrayList<>();
    for (int j = 0; j < all.names().size(); j++) {
      if (!constant.contains(all.names().get(j))) {
        kept.add(j);
      }
    }
    return all.selectColumns(kept.stream().mapToInt(Integer::intValue).toArray());
  }

  /** Columns by their names, in that order. */
  static Table select(Table table, List<String> names) {
    int[] columns = names.stream().mapToInt(table.names()::indexOf).toArray();
    for (int j = 0; j < columns.length; j++) {
      if (columns[j] < 0) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "no column '%s'; the table has %s".formatted(names.get(j), table.names()));
      }
    }
    return table.selectColumns(columns);
  }

  private static boolean isConstant(Table table, String name) {
    double[] column = table.column(table.names().indexOf(name));
    return Arrays.stream(column).allMatch(x -> x == column[0]);
  }

  private static String firstBad(Table table, int row) {
    double[] values = table.rows()[row];
    return table
        .names()
        .get(
            IntStream.range(0, values.length)
                .filter(j -> !Double.isFinite(values[j]))
                .findFirst()
                .orElseThrow());
  }
}
