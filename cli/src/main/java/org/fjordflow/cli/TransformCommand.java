package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
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
            + " back. Of a conditional model the file has the columns that are given too.",
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

  @Mixin private RowFiles files;

  @Mixin private RowNames names;

  @Option(names = "--inverse", description = "from the base to data space")
  private boolean inverse;

  @Mixin private MissingRows missing;

  TransformCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String data = files.data();
    files.requireOther(model.inputs(data));
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      Console beside = files.beside(console);
      Machine.sayBackend(beside, loaded);
      List<String> baseNames = baseNames(loaded.dim());
      CarriedColumns carried = names.of(data, loaded);
      PlacedTable given = read(loaded, carried);
      carried.requireThere(given.table().names());
      carried.requireFree(given.table().names(), inverse ? loaded.columns() : baseNames);
      Prepared prepared = prepared(loaded, carried, given.table(), baseNames);
      if (missing.drops()) {
        int n = given.table().rowCount();
        given = given.keep(MissingRows.complete(loaded, prepared.rows(), prepared.context(), n));
        prepared = prepared(loaded, carried, given.table(), baseNames);
      }
      long start = System.nanoTime();
      Failures failures = prepared.failures();
      double[][] mapped =
          inverse
              ? loaded.fromBase(prepared.rows(), prepared.context(), failures)
              : loaded.toBase(prepared.rows(), prepared.context(), failures);
      given.report(failures, missing, data, "no image, NaN", beside);
      try (Tables.Writer writer = files.writer(console)) {
        writer.append(
            carried.before(
                given.table(),
                given.places(),
                inverse ? loaded.table(mapped) : Table.of(baseNames, mapped)));
        writer.finish();
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      beside.say("%d rows, %s -> %s", mapped.length, Console.seconds(seconds), files.out());
    }
    return ExitStatus.DONE;
  }

  private PlacedTable read(FlowModel loaded, CarriedColumns carried) {
    ReadOptions known = files.reading().options(loaded, carried.names());
    // Points of the base may have any names.
    Set<String> wanted = new HashSet<>(inverse ? List.of() : own(loaded));
    if (!wanted.isEmpty()) {
      wanted.addAll(carried.names());
    }
    try (Tables.Rows parts =
        TableFiles.stream(files.data(), missing.reading(known), wanted, Integer.MAX_VALUE)) {
      return PlacedTable.read(parts, files.data());
    }
  }

  /** Names of the model's columns, data before context, where it has names. */
  private static List<String> own(FlowModel loaded) {
    return Stream.concat(loaded.columns().stream(), loaded.contextColumns().stream()).toList();
  }

  /** Rows to map, what they are given, and those that cannot be. */
  private record Prepared(double[][] rows, Context context, Failures failures) {}

  private Prepared prepared(
      FlowModel loaded, CarriedColumns carried, Table given, List<String> baseNames) {
    Failures failures = new Failures();
    String data = files.data();
    Set<String> others = new HashSet<>(carried.names());
    int dim = loaded.dim();
    if (!inverse) {
      Table own =
          given.selectColumns(
              ModelOptions.choose(
                  given.names(),
                  given.columns(),
                  others,
                  data,
                  own(loaded),
                  dim + loaded.contextSize()));
      return new Prepared(loaded.data(own), loaded.context(own, failures), failures);
    }
    Context context = Context.none();
    if (loaded.contextSize() > 0) {
      Usage.require(
          !given.names().isEmpty() && !loaded.contextColumns().isEmpty(),
          "points of a conditional model are mapped by --inverse beside the columns that it is given, by name");
      context =
          loaded.context(
              given.selectColumns(
                  ModelOptions.choose(
                      given.names(),
                      given.columns(),
                      others,
                      data,
                      loaded.contextColumns(),
                      loaded.contextSize())),
              failures);
      others.addAll(loaded.contextColumns());
    }
    List<String> names = named(given, baseNames);
    double[][] rows =
        ModelOptions.numbers(
            given,
            data,
            ModelOptions.choose(given.names(), given.columns(), others, data, names, dim));
    return new Prepared(rows, context, failures);
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
