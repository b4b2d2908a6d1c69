package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Maps rows through a model. */
@Command(
    name = "transform",
    description =
        "Maps rows from data space to the base (a standard normal unless the model has another), or"
            + " back; or carries them along a continuous flow to any time in between (--time). Of a conditional model the file has the columns that are given too.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord transform --model runs/moons --data points.csv --out base.csv",
      "  fjord transform --model runs/moons --data base.csv --out points.csv --inverse",
      "  fjord transform --model runs/map --data before.csv --out between.csv --time 0.5",
      "  fjord transform --model runs/digits --images digits --out latents.npy",
      "  fjord transform --model runs/digits --data latents.npy --inverse --out again"
    })
final class TransformCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Mixin private RowFiles files;

  @Mixin private RowNames names;

  @Option(names = "--inverse", description = "from the base to data space")
  private boolean inverse;

  @Option(
      names = "--time",
      paramLabel = "T",
      description =
          "carry rows to this time, from 0 at the base or the source to 1 at the data; rows are in"
              + " the data's units at all times")
  private @Nullable Double time;

  @Option(
      names = "--from-time",
      paramLabel = "T",
      description = "where rows are that --time carries (default: 0, at the base or the source)")
  private double fromTime;

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description =
          "say the Wasserstein-2 distance between what comes out and these rows, such as those seen"
              + " at a time that was left out")
  private @Nullable String against;

  @Mixin private MissingRows missing;

  @Mixin private ImageOptions images;

  TransformCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (images.isGiven()) {
      return transformImages();
    }
    images.refuse();
    String data = files.data();
    files.requireOther(model.inputs(data));
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      Console beside = files.beside(console);
      Machine.sayBackend(beside, loaded);
      ImageSpec spec = loaded.config().images();
      if (spec != null && inverse && time == null) {
        return imagesOf(loaded, spec);
      }
      Usage.require(
          time == null || !inverse, "--inverse and --time are given; --from-time 1 carries back");
      Usage.require(
          time != null || fromTime == 0, "--from-time says where --time carries from; give both");
      boolean units = inverse || carries(loaded);
      List<String> baseNames = baseNames(loaded.dim());
      CarriedColumns carried = names.of(data, loaded);
      PlacedTable given = read(loaded, carried);
      carried.requireThere(given.table().names());
      carried.requireFree(given.table().names(), units ? loaded.columns() : baseNames);
      Prepared prepared = prepared(loaded, carried, given.table(), baseNames);
      if (missing.drops()) {
        int n = given.table().rowCount();
        given = given.keep(MissingRows.complete(loaded, prepared.rows(), prepared.context(), n));
        prepared = prepared(loaded, carried, given.table(), baseNames);
      }
      long begun = System.nanoTime();
      Failures failures = prepared.failures();
      double[][] mapped =
          carries(loaded)
              ? loaded.carry(prepared.rows(), start(), end(), failures)
              : inverse
                  ? loaded.fromBase(prepared.rows(), prepared.context(), failures)
                  : loaded.toBase(prepared.rows(), prepared.context(), failures);
      given.report(failures, missing, data, "no image, NaN", beside);
      try (Tables.Writer writer = files.writer(console)) {
        writer.append(
            carried.before(
                given.table(),
                given.places(),
                units ? loaded.table(mapped) : Table.of(baseNames, mapped)));
        writer.finish();
      }
      double seconds = (System.nanoTime() - begun) * 1e-9;
      beside.say("%d rows, %s -> %s", mapped.length, Console.seconds(seconds), files.out());
      if (against != null) {
        double[][] others = loaded.data(files.reading().read(against, loaded));
        double[][] own =
            Arrays.stream(mapped)
                .filter(row -> Arrays.stream(row).allMatch(Double::isFinite))
                .toArray(double[][]::new);
        Usage.require(own.length > 0 && others.length > 0, "no rows to compare with " + against);
        beside.say("%s from %s", SampleDistance.of(own, others), against);
      }
    }
    return ExitStatus.DONE;
  }

  /** Latents of images; the way back begins with rows, and may end with pictures. */
  private int transformImages() {
    files.requireNone();
    Usage.require(
        !inverse && time == null && against == null,
        "--images are mapped to the base; the way back is --data FILE --inverse, with the classes behind the latents of a conditional model");
    List<Path> inputs = new ArrayList<>(model.inputs(null));
    inputs.addAll(images.inputs());
    files.requireOther(inputs);
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      ImageFlow flow = ImageFlow.of(loaded);
      Images read = images.read(flow.spec());
      double[][] latents = flow.toBase(read);
      double[][] context = flow.isConditional() ? read.context() : null;
      List<String> columns = new ArrayList<>(baseNames(loaded.dim()));
      columns.addAll(classNames(flow.spec()));
      for (int i = 0; i < latents.length && context != null; i++) {
        double[] both = Arrays.copyOf(latents[i], columns.size());
        System.arraycopy(context[i], 0, both, loaded.dim(), context[i].length);
        latents[i] = both;
      }
      try (Tables.Writer writer = files.writer(console)) {
        writer.append(Table.of(columns, latents));
        writer.finish();
      }
      files.beside(console).say("%d images -> %s", latents.length, files.out());
    }
    return ExitStatus.DONE;
  }

  /** Columns of the classes one hot, behind those of the latents. */
  private static List<String> classNames(ImageSpec spec) {
    return spec.classes().stream().map(name -> "class_" + name).toList();
  }

  /** Images of latents, with the classes one hot behind them. */
  private int imagesOf(FlowModel loaded, ImageSpec spec) {
    Table table = files.reading().read(files.data());
    int dim = loaded.dim();
    int classes = spec.contextSize();
    Usage.require(
        table.columns() == dim + classes,
        "%s has %d columns; latents of this model are %d, and %d of classes one hot"
            .formatted(files.data(), table.columns(), dim, classes));
    double[][] z = new double[table.rowCount()][];
    double[][] given = new double[z.length][];
    for (int i = 0; i < z.length; i++) {
      z[i] = Arrays.copyOf(table.rows()[i], dim);
      given[i] = Arrays.copyOfRange(table.rows()[i], dim, dim + classes);
    }
    ImageOutput output = new ImageOutput(files.out());
    List<String> names = ImageOutput.numbered(z.length);
    output.require(z.length, List.of());
    output.requireDrawable(spec.shape(), z.length, ImageOutput.square(z.length));
    double[][] rows = loaded.fromBase(z, classes == 0 ? Context.none() : Context.of(given));
    output.write(loaded, spec, rows, names, ImageOutput.square(rows.length), console);
    files.beside(console).say("%d images -> %s", rows.length, files.out());
    return ExitStatus.DONE;
  }

  /** Whether rows stay in the data's units: of a map between samples they always do. */
  private boolean carries(FlowModel loaded) {
    return time != null || loaded.config().base() instanceof BaseConfig.Source;
  }

  /** Where rows are; without a time a map goes from data to the source, as to any base. */
  private double start() {
    return time != null ? fromTime : inverse ? 0 : 1;
  }

  private double end() {
    return time != null ? time : inverse ? 1 : 0;
  }

  private PlacedTable read(FlowModel loaded, CarriedColumns carried) {
    ReadOptions known = files.reading().options(loaded, carried.names());
    // Points of the base may have any names.
    Set<String> wanted = new HashSet<>(inverse && !carries(loaded) ? List.of() : own(loaded));
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
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  private record Prepared(double[][] rows, Context context, Failures failures) {}

  private Prepared prepared(
      FlowModel loaded, CarriedColumns carried, Table given, List<String> baseNames) {
    Failures failures = new Failures();
    String data = files.data();
    Set<String> others = new HashSet<>(carried.names());
    int dim = loaded.dim();
    if (!inverse || carries(loaded)) {
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
