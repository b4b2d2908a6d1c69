package org.fjordflow.bench.tables;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TablePlan;

/**
 * Trains on a table with a column of every kind, and compares the shares of values in samples with
 * those in the rows; see {@code bench/mixed-table}.
 */
public final class MixedTable {

  private static final int SAMPLES = 10_000;
  private static final String DEFAULT = "../shared/data/adbench/38_thyroid.npz";
  private static final double DAY = 86_400;

  private MixedTable() {}

  /** Trains and compares; see {@code bench/mixed-table}. */
  public static void main(String[] args) {
    Path source = Path.of(args.length > 0 ? args[0] : DEFAULT);
    if (!Files.isRegularFile(source)) {
      System.out.println("no " + source + "; give a file of numbers with at least two columns");
      return;
    }
    Table table = mixed(Table.read(Path.of(source + ":X")));
    TableOptions columns = TableOptions.standard().withId("name").withBounds("share", 0, 1);
    TablePlan plan = columns.plan(table);
    plan.columns().forEach((name, text) -> System.out.printf("%-8s %s%n", name, text));
    FitOptions options =
        FitOptions.builder(Recipe.NSF)
            .columns(columns)
            .steps(args.length > 1 ? Integer.parseInt(args[1]) : 2_000)
            .build();
    try (FlowModel model = FlowModel.fit(table, options)) {
      System.out.printf(
          Locale.ROOT,
          "%d rows, held out %.4f nats (density x probability)%n",
          table.rowCount(),
          model.report().map(report -> report.heldOut()).orElse(Double.NaN));
      compare(plan, model.sample(SAMPLES, 1));
    }
  }

  /** Two columns of numbers as they are, and one of each other kind that depends on them. */
  private static Table mixed(Table numbers) {
    SplittableRandom random = new SplittableRandom(1);
    int n = numbers.rowCount();
    double[] first = numbers.column(0);
    double[] second = numbers.column(1);
    double[] sorted = first.clone();
    Arrays.sort(sorted);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      double rank = (double) Math.abs(Arrays.binarySearch(sorted, first[i])) / n;
      double colour = random.nextDouble() < rank ? 2 : random.nextInt(3);
      double answer = random.nextDouble() < 0.2 + 0.5 * rank ? 1 : 0;
      double count = Math.floor(-Math.log(random.nextDouble()) * (1 + 3 * rank));
      double age = Math.rint(18 + 60 * random.nextDouble() * (0.5 + rank / 2));
      double share = Math.pow(random.nextDouble(), 1 + rank);
      double day = DAY * Math.rint(19_000 + 300 * rank + 40 * random.nextGaussian());
      double hour = (((21 + 6 * rank + 2 * random.nextGaussian()) % 24) + 24) % 24;
      rows[i] = new double[] {i, first[i], second[i], colour, answer, count, age, share, day, hour};
    }
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      labels.add("row " + i);
    }
    return Table.of(
        List.of("name", "a", "b", "colour", "answer", "count", "age", "share", "day", "hour"),
        List.of(
            new Table.Type.Labels(labels),
            Table.Type.NUMBER,
            Table.Type.NUMBER,
            new Table.Type.Labels(List.of("blue", "green", "red")),
            new Table.Type.Labels(List.of("no", "yes")),
            Table.Type.NUMBER,
            Table.Type.NUMBER,
            Table.Type.NUMBER,
            new Table.Type.Time("yyyy-MM-dd"),
            Table.Type.NUMBER),
        rows);
  }

  private static void compare(TablePlan plan, Table samples) {
    double worst = 0;
    for (ColumnSpec column : plan.spec().data()) {
      double[] drawn = samples.column(samples.names().indexOf(column.name()));
      double[] given = plan.data().column(plan.data().names().indexOf(column.name()));
      if (!column.values().isEmpty()) {
        double difference = 0;
        for (double value : column.values()) {
          difference = Math.max(difference, Math.abs(share(drawn, value) - share(given, value)));
        }
        worst = Math.max(worst, difference);
        System.out.printf(
            Locale.ROOT,
            "%-8s largest difference of shares %.2f %%%n",
            column.name(),
            100 * difference);
      } else if (column.scale() == ColumnSpec.Scale.LOGIT) {
        System.out.printf(
            Locale.ROOT,
            "%-8s samples from %.6f to %.6f%n",
            column.name(),
            Arrays.stream(drawn).min().orElseThrow(),
            Arrays.stream(drawn).max().orElseThrow());
      } else if (column.isDiscrete()) {
        long whole = Arrays.stream(drawn).filter(x -> x == Math.rint(x)).count();
        System.out.printf(
            "%-8s %d of %d samples are whole numbers%n", column.name(), whole, drawn.length);
      }
    }
    System.out.printf(Locale.ROOT, "worst difference of shares: %.2f %%%n", 100 * worst);
  }

  private static double share(double[] values, double value) {
    return Arrays.stream(values).filter(x -> x == value).count() / (double) values.length;
  }
}
