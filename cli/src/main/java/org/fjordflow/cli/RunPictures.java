package org.fjordflow.cli;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowPaths;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.TableSpec;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.report.Curve;
import org.fjordflow.report.DensityPicture;
import org.fjordflow.report.GridPicture;
import org.fjordflow.report.ImageSheet;
import org.fjordflow.report.Limits;
import org.fjordflow.report.PathsPicture;
import org.fjordflow.report.PictureWriter;
import org.fjordflow.report.SamplesPicture;
import org.fjordflow.report.TrainingPicture;

/** Draws the pictures of a run. */
final class RunPictures {

  /** The names of all that there may be. */
  static final List<String> NAMES = List.of("training", "samples", "paths", "density", "grid");

  private static final int CELLS = 200;
  private static final int SAMPLES = 5_000;
  private static final int PATHS = 300;

  /** Images of a sheet. */
  private static final int SHEET = 64;

  private static final int INTERVALS = 40;
  private static final double GRID_EXTENT = 3;

  private final RunFolder folder;
  private final FlowModel model;
  private final TrainingData data;
  private final boolean bits;
  private final RandomStreams streams;

  /**
   * Prepares.
   *
   * @param folder of the run
   * @param model that was trained
   * @param data that it was trained on
   * @param bits whether losses are drawn in bits per dimension, as those of images are
   * @param seed of samples
   */
  RunPictures(RunFolder folder, FlowModel model, TrainingData data, boolean bits, long seed) {
    this.folder = folder;
    this.bits = bits;
    this.model = model;
    this.data = data;
    this.streams = new RandomStreams(seed);
  }

  /**
   * Draws all pictures that the dimension allows.
   *
   * @param isOver between pictures, whether to leave the rest out
   * @return the names of those drawn
   */
  List<String> draw(BooleanSupplier isOver) {
    List<String> drawn = new ArrayList<>();
    all()
        .forEach(
            (name, picture) -> {
              if (!isOver.getAsBoolean()) {
                PictureWriter.write(folder.picture(name), picture.get());
                drawn.add(name + ".png");
              }
            });
    return drawn;
  }

  /** Whether some picture is not there. */
  boolean isAnyMissing() {
    return all().keySet().stream().anyMatch(name -> !Files.exists(folder.picture(name)));
  }

  private Map<String, Supplier<BufferedImage>> all() {
    Map<String, Supplier<BufferedImage>> pictures = new LinkedHashMap<>();
    pictures.put("training", this::training);
    pictures.put("samples", this::samples);
    if (model.config().images() != null) {
      return pictures;
    }
    TableSpec table = model.config().table();
    boolean plain = model.contextSize() == 0 && (table == null || table.isPlain());
    if (isSolved() && plain) {
      pictures.put("paths", this::paths);
    }
    if (model.config().dim() == 2 && plain && data.source() == null) {
      pictures.put("density", this::density);
      pictures.put("grid", this::grid);
    }
    return pictures;
  }

  private BufferedImage training() {
    Table table = Tables.readWithGaps(folder.metrics());
    double[] steps = column(table, "step");
    List<Curve> losses = new ArrayList<>();
    losses.add(new Curve("training", steps, losses(table, "loss")));
    Curve validation =
        new Curve("validation", steps, losses(table, "validation_loss")).withoutGaps();
    if (validation.steps().length > 0) {
      losses.add(validation);
    }
    return TrainingPicture.draw(
        losses,
        !isSolved()
            ? List.of()
            : List.of(
                new Curve("forward", steps, column(table, "forward_evaluations")),
                new Curve("backward", steps, column(table, "backward_evaluations"))));
  }

  private double[] losses(Table table, String name) {
    double unit = bits ? Dequantization.bitsPerNat(model.dim()) : 1;
    return Arrays.stream(column(table, name)).map(loss -> unit * loss).toArray();
  }

  private static double[] column(Table table, String name) {
    return table.column(table.names().indexOf(name));
  }

  private BufferedImage samples() {
    ImageSpec images = model.config().images();
    if (images != null) {
      double[][] drawn = ImageFlow.of(model).samples(SHEET, streams.seed());
      return ImageSheet.draw(images.shape(), images.levels(), drawn);
    }
    return SamplesPicture.draw(data.shown().rows(), sample(SAMPLES, 0), data.names());
  }

  private BufferedImage paths() {
    FlowPaths paths = model.paths(sample(PATHS, 1), INTERVALS);
    return PathsPicture.draw(paths.times(), paths.states(), data.names());
  }

  private BufferedImage density() {
    return DensityPicture.draw(
        rows -> model.score(rows, Context.none(), probes()).logProb(),
        Limits.around(data.shown().rows()),
        CELLS,
        data.names());
  }

  private BufferedImage grid() {
    return GridPicture.draw(
        rows -> model.fromBase(rows, Context.none()), GRID_EXTENT, data.names());
  }

  private boolean isSolved() {
    return !model.config().continuous().isEmpty();
  }

  /**
   * Samples, or carried rows of a source; of a conditional flow one for each of some rows that were
   * trained on.
   */
  private double[][] sample(int count, long index) {
    TrainingData.Source source = data.source();
    if (source != null) {
      return model.carry(RowSelection.thinned(source.rows(), count), 0, 1);
    }
    double[][] given = data.shown().thinned(count).context();
    RandomGenerator random = streams.generator(Purpose.SAMPLES, index);
    return given == null
        ? model.sample(count, Context.none(), random)
        : model.sample(given.length, Context.of(given), random);
  }

  private RandomGenerator probes() {
    return streams.generator(Purpose.PROBES, 0);
  }
}
