package org.fjordflow.bench.matching;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.report.Curve;
import org.fjordflow.report.PictureWriter;
import org.fjordflow.report.SideBySide;
import org.fjordflow.report.TimePicture;
import org.jspecify.annotations.Nullable;

/**
 * Draws what {@code bench/time-to-quality} measured, a panel a set of data, and prints after which
 * time each model was near the best: the first of its times whose log-likelihood is within 0.05
 * nats of the highest that training by likelihood alone reached. Where there is a normal with full
 * covariance, near is within a hundredth of the way from it to that highest one.
 */
public final class QualityPicture {

  private static final String LIKELIHOOD = "ffjord";
  private static final String NORMAL = "normal";
  private static final double NEAR = 0.05;
  private static final double PART = 0.01;
  private static final int ACROSS = 2;

  private QualityPicture() {}

  /** A training: seconds that it took, and log-likelihood of the test rows. */
  private record Point(double seconds, double value) {}

  /**
   * Draws and prints.
   *
   * @param args csv of set, model, seconds, log-likelihood; the picture to write
   */
  public static void main(String[] args) throws IOException {
    Map<String, Map<String, List<Point>>> sets = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] cells = line.split(",", -1);
      sets.computeIfAbsent(cells[0], name -> new LinkedHashMap<>())
          .computeIfAbsent(cells[1], name -> new ArrayList<>())
          .add(new Point(Double.parseDouble(cells[2]), Double.parseDouble(cells[3])));
    }
    List<BufferedImage> panels = new ArrayList<>();
    System.out.println("| data | model | seconds until it is near |");
    System.out.println("|---|---|---|");
    sets.forEach(
        (set, models) -> {
          tell(set, models);
          boolean last = panels.size() % ACROSS == ACROSS - 1 || panels.size() == sets.size() - 1;
          panels.add(draw(set, models, last));
        });
    PictureWriter.write(Path.of(args[1]), SideBySide.inRows(ACROSS, panels));
  }

  private static void tell(String set, Map<String, List<Point>> models) {
    double best = highest(models.get(LIKELIHOOD));
    List<Point> normal = models.remove(NORMAL);
    double near = best - (normal == null ? NEAR : PART * (best - highest(normal)));
    models.forEach(
        (model, points) -> {
          String first =
              points.stream()
                  .filter(point -> point.value() >= near)
                  .map(point -> String.valueOf(Math.round(point.seconds())))
                  .findFirst()
                  .orElse("not");
          System.out.printf("| %s | %s | %s |%n", set, model, first);
        });
  }

  private static double highest(@Nullable List<Point> points) {
    return points == null
        ? Double.NaN
        : points.stream().mapToDouble(Point::value).max().orElse(Double.NaN);
  }

  private static BufferedImage draw(
      String set, Map<String, List<Point>> models, boolean withLegend) {
    List<Curve> curves = new ArrayList<>();
    models.forEach(
        (model, points) ->
            curves.add(
                new Curve(
                    model,
                    points.stream().mapToDouble(Point::seconds).toArray(),
                    points.stream().mapToDouble(point -> -point.value()).toArray())));
    return TimePicture.draw(set, "negative log-likelihood", curves, withLegend);
  }
}
