package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.ImageScores;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Scores of images: bits per dimension, and probabilities of classes where they are given. */
final class ImageScoring {

  private static final int DRAWS = 4;

  @Option(
      names = "--draws",
      paramLabel = "N",
      description =
          "draws of noise that the bits of an image are the mean of; a single one gives no standard"
              + " error (default: 4)")
  private @Nullable Integer draws;

  /** Checks that nothing is said of images where there are none. */
  void refuse() {
    Usage.require(draws == null, "--draws is for --images");
  }

  /**
   * Scores images and writes a row for each.
   *
   * @param options where the images are
   */
  void run(FlowModel model, ImageOptions options, long seed, Path out, Console console) {
    ImageFlow flow = ImageFlow.of(model);
    ImageSpec spec = flow.spec();
    Images images = options.read(spec);
    long start = System.nanoTime();
    ImageScores scores = flow.score(images, draws == null ? DRAWS : draws, seed);
    try (Tables.Writer writer = TableFiles.writer(out, console)) {
      writer.append(table(spec, images, scores));
      writer.finish();
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    Console beside = TableFiles.beside(out, console);
    beside.say("%d images, %s -> %s", images.size(), Console.seconds(seconds), out);
    beside.say(
        "%.4f +- %.4f bits per dimension",
        scores.meanBits(), images.size() == 1 ? scores.standardError()[0] : scores.meanBitsError());
    double[] given =
        Arrays.stream(scores.givenClass()).filter(bits -> !Double.isNaN(bits)).toArray();
    if (given.length > 0) {
      beside.say(
          "%.4f given the class of %d of them",
          Arrays.stream(given).average().orElse(0), given.length);
    }
    scores
        .accuracy(images.labels())
        .ifPresent(
            part ->
                beside.say(
                    "%.2f %% of %d images are of the class that is likeliest by Bayes' rule",
                    100 * part,
                    Arrays.stream(images.labels()).filter(k -> k != Images.UNKNOWN).count()));
  }

  private static Table table(ImageSpec spec, Images images, ImageScores scores) {
    boolean classes = spec.contextSize() > 0;
    List<String> names = new ArrayList<>(List.of("image", "bits_per_dimension", "standard_error"));
    List<Table.Type> types =
        new ArrayList<>(
            List.of(new Table.Type.Labels(images.names()), Table.Type.NUMBER, Table.Type.NUMBER));
    if (classes) {
      Table.Type labels = new Table.Type.Labels(spec.classes());
      names.addAll(List.of("class", "bits_given_class", "likeliest_class"));
      types.addAll(List.of(labels, Table.Type.NUMBER, labels));
      for (String name : spec.classes()) {
        names.add("p_" + name);
        types.add(Table.Type.NUMBER);
      }
    }
    double[][] rows =
        IntStream.range(0, images.size())
            .mapToObj(i -> row(images, scores, i, classes))
            .toArray(double[][]::new);
    return Table.of(names, types, rows);
  }

  private static double[] row(Images images, ImageScores scores, int i, boolean classes) {
    List<Double> row = new ArrayList<>();
    row.add((double) i);
    row.add(scores.bits()[i]);
    row.add(scores.standardError()[i]);
    if (classes) {
      int label = images.labels()[i];
      row.add(label == Images.UNKNOWN ? Double.NaN : label);
      row.add(scores.givenClass()[i]);
      row.add((double) scores.predicted(i));
      for (double probability : scores.probabilities()[i]) {
        row.add(probability);
      }
    }
    return row.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
