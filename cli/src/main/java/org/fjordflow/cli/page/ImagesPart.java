package org.fjordflow.cli.page;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.ScaleBits;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.report.ImageSheet;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Page.Section;
import org.fjordflow.report.page.Picture;

/** Samples beside images, the images nearest to samples, and where bits come from. */
final class ImagesPart {

  private static final int SHEET = 64;
  private static final int COMPARED = 10;

  /** Images that nearest ones are looked for among. */
  private static final int SEARCHED = 20_000;

  private static final int JUDGED = 100;
  private static final int MAPPED = 64;

  private final PageSource source;
  private final ImageSpec spec;
  private final double[][] samples;

  private ImagesPart(PageSource source, ImageSpec spec) {
    this.source = source;
    this.spec = spec;
    int lines = spec.contextSize() > 0 ? Math.max(1, SHEET / spec.contextSize()) : 0;
    int count = lines > 0 ? lines * spec.contextSize() : SHEET;
    this.samples = ImageFlow.of(source.model()).samples(count, source.streams().seed());
  }

  static List<Section> of(PageSource source) {
    ImageSpec spec = source.model().config().images();
    if (spec == null) {
      return List.of();
    }
    ImagesPart part = new ImagesPart(source, spec);
    List<Section> sections = new ArrayList<>();
    PageRows rows = source.rows();
    List<Block> sheets = new ArrayList<>();
    if (rows != null) {
      sheets.add(
          part.picture("Data", "Images that the model was trained on.", part.shown(rows.shown())));
    }
    sheets.add(
        part.picture(
            "Samples",
            spec.contextSize() == 0
                ? "Drawn from the model."
                : "Drawn from the model, of all classes in turn: "
                    + String.join(", ", spec.classes())
                    + ".",
            part.samples));
    sections.add(new Section("Images", "", sheets));
    if (rows != null) {
      sections.add(part.nearest(rows));
      part.bits(rows).ifPresent(sections::add);
    }
    return sections;
  }

  /** As many images as samples, of the classes of these where there are classes. */
  private double[][] shown(Batch data) {
    double[][] given = data.context();
    if (given == null) {
      return data.thinned(samples.length).rows();
    }
    List<double[]> found = new ArrayList<>();
    int[] next = new int[spec.contextSize()];
    for (int i = 0; i < samples.length; i++) {
      int label = i % next.length;
      while (next[label] < data.size() && given[next[label]][label] != 1) {
        next[label]++;
      }
      if (next[label] < data.size()) {
        found.add(data.rows()[next[label]++]);
      }
    }
    return found.toArray(double[][]::new);
  }

  private int across() {
    return spec.contextSize() > 0 ? spec.contextSize() : (int) Math.ceil(Math.sqrt(samples.length));
  }

  private Picture picture(String title, String note, double[][] images) {
    return picture(title, note, images, across());
  }

  private Picture picture(String title, String note, double[][] images, int across) {
    BufferedImage sheet = ImageSheet.draw(spec.shape(), spec.levels(), images, across);
    return Picture.of(title, note, sheet);
  }

  /** A model that has learned images by heart draws them. */
  private Section nearest(PageRows rows) {
    double[][] known = RowSelection.thinned(rows.shown().rows(), SEARCHED);
    double[][] drawn = RowSelection.thinned(samples, COMPARED);
    double[][] both = new double[2 * drawn.length][];
    double[] distances = new double[drawn.length];
    for (int i = 0; i < drawn.length; i++) {
      int nearest = nearest(drawn[i], known);
      both[i] = drawn[i];
      both[drawn.length + i] = known[nearest];
      distances[i] = distance(drawn[i], known[nearest]);
    }
    String held = "";
    Batch others = rows.held();
    if (others != null) {
      double[] own =
          Arrays.stream(others.thinned(JUDGED).rows())
              .mapToDouble(row -> distance(row, known[nearest(row, known)]))
              .sorted()
              .toArray();
      held =
          String.format(
              Locale.ROOT,
              " Images held out are %.1f levels from theirs (the median of %d).",
              own[own.length / 2],
              own.length);
    }
    Arrays.sort(distances);
    String note =
        String.format(
            Locale.ROOT,
            "Samples, and below each the image trained on that is nearest to it. They are %.1f levels apart (the root of the mean square over pixels; the median), the nearest %.1f.%s Samples that were much nearer would be copies.",
            distances[distances.length / 2],
            distances[0],
            held);
    return new Section(
        "Nearest images", "", List.of(picture("Samples and neighbours", note, both, drawn.length)));
  }

  private static int nearest(double[] image, double[][] among) {
    int best = 0;
    for (int i = 1; i < among.length; i++) {
      if (distance(image, among[i]) < distance(image, among[best])) {
        best = i;
      }
    }
    return best;
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return Math.sqrt(sum / a.length);
  }

  /** Where the bits of images held out come from: by scale or by pixel, as the flow tells them. */
  private Optional<Section> bits(PageRows rows) {
    Batch held = rows.held();
    if (held == null || spec.noise() > 0) {
      return Optional.empty();
    }
    Batch some = held.thinned(MAPPED);
    double[][] given = some.context();
    Context context = given == null ? Context.none() : Context.of(given);
    List<Block> blocks = new ArrayList<>(byScale(some.rows(), context));
    byPixel(some.rows(), context).ifPresent(blocks::add);
    return blocks.isEmpty()
        ? Optional.empty()
        : Optional.of(new Section("Where bits come from", "", blocks));
  }

  /** The bits of each scale of a flow that has several; nothing of others. */
  private List<Block> byScale(double[][] images, Context context) {
    ScaleBits bits;
    try {
      bits =
          ImageFlow.of(source.model().withOneDraw())
              .bitsByScale(images, context, 1, source.streams().seed());
    } catch (FjordException e) {
      return List.of(); // a base whose density is no product over numbers
    }
    double[] mean = bits.mean();
    if (mean.length < 2) {
      return List.of();
    }
    List<List<String>> lines = new ArrayList<>();
    for (int k = 0; k < mean.length; k++) {
      lines.add(line(Integer.toString(k + 1), bits.numbers().get(k), mean[k]));
    }
    lines.add(line("all", spec.shape().size(), Arrays.stream(mean).sum()));
    String note =
        String.format(
            Locale.ROOT,
            "Bits per dimension that each scale adds, the mean of %d images held out. At a scale some numbers are done: their density under the base counts, and the volume that the layers of the scale change. What brings whole numbers to the flow counts to the first.",
            images.length);
    return List.of(
        new Block.Grid("Bits by scale", List.of("scale", "numbers done", "bits"), lines),
        new Block.Text(note));
  }

  private static List<String> line(String scale, int numbers, double bits) {
    return List.of(scale, Integer.toString(numbers), String.format(Locale.ROOT, "%.3f", bits));
  }

  /** The bits of each number given those before it, where the flow tells them. */
  private Optional<Block> byPixel(double[][] images, Context context) {
    double[][] parts;
    try {
      parts = source.model().conditionalLogProb(images, context);
    } catch (FjordException e) {
      return Optional.empty(); // not autoregressive in the order of the numbers
    }
    double[] mean = new double[spec.shape().size()];
    for (double[] row : parts) {
      for (int j = 0; j < mean.length; j++) {
        mean[j] -= row[j] * Dequantization.bitsPerNat(1) / parts.length;
      }
    }
    double most = Math.max(1e-9, Arrays.stream(mean).max().orElse(1));
    double[] shades =
        Arrays.stream(mean).map(bits -> Math.max(0, (spec.levels() - 1) * bits / most)).toArray();
    String note =
        String.format(
            Locale.ROOT,
            "Bits of each pixel given those before it, line by line, the mean of %d images held out: black is none, white %.2f bits.",
            parts.length,
            most);
    return Optional.of(picture("Bits by pixel", note, new double[][] {shades}, 1));
  }
}
