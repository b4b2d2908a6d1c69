package org.fjordflow.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.jspecify.annotations.Nullable;

/** Prints errors of estimates of a divergence beside what they cost; no times. */
public final class DivergenceTable {

  private static final int[] COUNTS = {2, 4, 8, 16, 32, 64};

  private DivergenceTable() {}

  /**
   * How much to compute.
   *
   * @param dims columns of networks
   * @param matrixDim columns of the matrices of known spectra
   * @param repetitions estimates of each trace
   * @param flowDims columns of the flows that are trained
   * @param steps steps of training
   * @param flowRows rows that are scored
   */
  record Effort(
      List<Integer> dims,
      int matrixDim,
      int repetitions,
      List<Integer> flowDims,
      int steps,
      int flowRows) {

    static final Effort FULL = new Effort(List.of(21, 64, 256), 64, 400, List.of(21, 43), 300, 512);
  }

  /**
   * Prints the tables.
   *
   * @param args {@code points} or {@code flows} for one part of them
   */
  public static void main(String[] args) {
    String part = args.length == 0 ? "" : args[0];
    if (!part.equals("flows")) {
      points(Effort.FULL, System.out);
    }
    if (!part.equals("points")) {
      flows(Effort.FULL, System.out);
    }
  }

  /** Prints errors of traces at single points. */
  static void points(Effort effort, PrintStream out) {
    out.println(
        "Root mean square error of a trace, in parts of the Jacobian's Frobenius norm. Products are"
            + " all there are:\nwith normal vectors, with the subspace and with probes.");
    heading(out, "products", "XTrace");
    TraceErrors.matrices(effort.matrixDim()).forEach((name, a) -> matrix(name, a, effort, out));
    for (int dim : effort.dims()) {
      try (TraceErrors network = TraceErrors.ofNetwork(dim, effort.repetitions())) {
        rows("network, " + dim + " columns", dim, network, out);
      }
    }
  }

  private static void matrix(String name, double[][] a, Effort effort, PrintStream out) {
    try (TraceErrors errors = TraceErrors.ofMatrix(a, effort.repetitions())) {
      rows("%s, %d columns".formatted(name, a.length), a.length, errors, out);
    }
  }

  private static void rows(String name, int dim, TraceErrors errors, PrintStream out) {
    for (int products : counts(dim, 4)) {
      List<String> cells = new ArrayList<>(List.of(name, "" + products));
      for (ProbeDistribution distribution : ProbeDistribution.values()) {
        cells.add(number(errors.of(new Hutchinson(distribution, products))));
      }
      // A third of the products each, as in the paper.
      int sketch = products / 3;
      cells.add(number(errors.of(new HutchPlusPlus(sketch, products - 2 * sketch))));
      cells.add(number(errors.ofXTrace(products / 2)));
      line(out, cells);
    }
  }

  /** Trains flows and prints errors of their log-densities. */
  static void flows(Effort effort, PrintStream out) {
    out.println(
        "\nRoot mean square error of a log-density, in nats; in brackets the root mean square of the"
            + " standard errors that came with it.\nDirections are products at each evaluation of the"
            + " field; half of those of hutch++ are its subspace.");
    heading(out, "directions", null);
    for (int dim : effort.flowDims()) {
      try (LogDensityErrors flow =
          LogDensityErrors.ofMixture(dim, effort.steps(), effort.flowRows())) {
        for (int directions : counts(dim, 2)) {
          List<String> cells = new ArrayList<>(List.of(flow.name(), "" + directions));
          for (ProbeDistribution distribution : ProbeDistribution.values()) {
            cells.add(both(flow, new Hutchinson(distribution, directions)));
          }
          cells.add(both(flow, HutchPlusPlus.of(directions)));
          line(out, cells);
        }
      }
    }
  }

  private static String both(LogDensityErrors flow, Divergence divergence) {
    LogDensityErrors.Errors errors = flow.of(divergence);
    String told = Double.isNaN(errors.told()) ? "-" : number(errors.told());
    return "%s (%s)".formatted(number(errors.error()), told);
  }

  private static int[] counts(int dim, int least) {
    return Arrays.stream(COUNTS).filter(k -> k >= least && k < dim).toArray();
  }

  private static void heading(PrintStream out, String cost, @Nullable String more) {
    List<String> cells = new ArrayList<>(List.of("what", cost));
    for (ProbeDistribution distribution : ProbeDistribution.values()) {
      cells.add(distribution.id());
    }
    cells.add(HutchPlusPlus.ID);
    if (more != null) {
      cells.add(more);
    }
    line(out, cells);
    out.println("|" + "---|".repeat(cells.size()));
  }

  private static void line(PrintStream out, List<String> cells) {
    out.println("| " + String.join(" | ", cells) + " |");
  }

  /** Two digits that count; four hundred errors do not tell more. */
  private static String number(double value) {
    return value < 1e-12 ? "0" : String.format(Locale.ROOT, "%.2g", value);
  }
}
