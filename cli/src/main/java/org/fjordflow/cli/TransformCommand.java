package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.model.FlowModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Maps rows through a model. */
@Command(
    name = "transform",
    description =
        "Maps rows from data space to the base (a standard normal unless the model has another), or"
            + " back.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord transform --model runs/moons --data points.csv --out base.csv",
      "  fjord transform --model runs/moons --data base.csv --out points.csv --inverse"
    })
final class TransformCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "rows to map: .csv, .tsv, .npy, .npz[:array], .idx, .safetensors[:array]")
  private String data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "where to write them: .csv (with a header), .csv.gz, .npy, .parquet; - for csv to"
              + " standard output")
  private Path out;

  @Option(names = "--inverse", description = "from the base to data space")
  private boolean inverse;

  @Mixin private ReadingOptions reading;

  @Mixin private MissingRows missing;

  TransformCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Outputs.requireOther(out, model.inputs(data));
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      Machine.sayBackend(TableFiles.beside(out, console), loaded);
      int dim = loaded.dim();
      List<String> baseNames = baseNames(dim);
      PlacedTable given = read(loaded);
      double[][] rows = rows(loaded, given.table(), baseNames);
      if (missing.drops()) {
        given = given.keep(MissingRows.complete(loaded, rows, Context.none(), rows.length));
        rows = rows(loaded, given.table(), baseNames);
      }
      long start = System.nanoTime();
      Failures failures = new Failures();
      double[][] mapped =
          inverse
              ? loaded.fromBase(rows, Context.none(), failures)
              : loaded.toBase(rows, Context.none(), failures);
      Console beside = TableFiles.beside(out, console);
      given.report(failures, missing, data, "no image, NaN", beside);
      try (Tables.Writer writer = TableFiles.writer(out, console)) {
        writer.append(inverse ? loaded.table(mapped) : Table.of(baseNames, mapped));
        writer.finish();
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      beside.say("%d rows, %s -> %s", rows.length, Console.seconds(seconds), out);
    }
    return ExitStatus.DONE;
  }

  private PlacedTable read(FlowModel loaded) {
    ReadOptions known =
        (inverse ? reading.options() : reading.options(loaded))
            .withMissing(ReadOptions.Missing.REFUSE);
    try (Tables.Rows parts =
        TableFiles.stream(data, missing.reading(known), Set.of(), Integer.MAX_VALUE)) {
      return PlacedTable.read(parts, data);
    }
  }

  private double[][] rows(FlowModel loaded, Table given, List<String> baseNames) {
    int dim = loaded.dim();
    return inverse
        ? ModelOptions.select(given, data, named(given, baseNames), dim)
        : loaded.data(
            given.selectColumns(
                ModelOptions.choose(
                    given.names(), given.columns(), Set.of(), data, loaded.columns(), dim)));
  }

  /** Points of the base may have come from elsewhere, under any names. */
  private static List<String> named(Table given, List<String> names) {
    return given.names().containsAll(names) ? names : List.of();
  }

  private static List<String> baseNames(int dim) {
    List<String> names = new ArrayList<>();
    for (int j = 1; j <= dim; j++) {
      names.add("z" + j);
    }
    return names;
  }
}
