package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.FjordException;

/** How a training went: the loss, and the work that the solver had. */
public final class TrainingPicture {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 300;

  /** Curves with fewer points than this get a dot at each. */
  private static final int DOTTED = 60;

  /** The share of the highest losses that may lie above the picture: the first steps' spike. */
  private static final double SPIKE = 0.01;

  private static final List<Color> LOSS_COLOURS = List.of(Palette.BLUE, Palette.RED);
  private static final List<Color> WORK_COLOURS = List.of(Palette.GREEN, Palette.PURPLE);

  private TrainingPicture() {}

  /**
   * Draws two panels over the steps. The first curve of each is drawn thin, since it is noisy.
   * Values that are not finite leave gaps; a panel without any finite value stays empty.
   *
   * @param losses the training loss, then the validation loss if there is one; at most two
   * @param evaluations evaluations of the field in the forward solve, then in the backward solve;
   *     at most two
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if no curve has any point
   */
  public static BufferedImage draw(List<Curve> losses, List<Curve> evaluations) {
    return draw(losses, evaluations, Lettering.ofMachine());
  }

  static BufferedImage draw(List<Curve> losses, List<Curve> evaluations, Lettering lettering) {
    List<Curve> all = new ArrayList<>(losses);
    all.addAll(evaluations);
    Interval steps =
        Interval.around(
            all.stream().flatMapToDouble(curve -> Arrays.stream(curve.steps())).toArray(), 0, 0.02);
    int panelWidth = Panel.LEFT + WIDTH + Panel.RIGHT;
    int height = Panel.TOP + HEIGHT + Panel.BOTTOM;
    try (Canvas canvas =
        new Canvas((evaluations.isEmpty() ? 1 : 2) * panelWidth, height, lettering)) {
      Interval lossRange = finite(losses).length == 0 ? new Interval(0, 1) : lossRange(losses);
      panel(canvas, 0, new Limits(steps, lossRange), losses, LOSS_COLOURS, 0.7)
          .frame("loss", "step", "nats");
      if (!evaluations.isEmpty()) {
        double most = Arrays.stream(finite(evaluations)).max().orElse(1);
        Interval work = new Interval(0, most > 0 ? 1.08 * most : 1);
        panel(canvas, panelWidth, new Limits(steps, work), evaluations, WORK_COLOURS, 0.7)
            .frame("evaluations", "step", "evaluations a step");
      }
      return canvas.image();
    }
  }

  private static Panel panel(
      Canvas canvas,
      int left,
      Limits limits,
      List<Curve> curves,
      List<Color> colours,
      double firstWidth) {
    Rectangle2D box = new Rectangle2D.Double(left + Panel.LEFT, Panel.TOP, WIDTH, HEIGHT);
    Panel panel = new Panel(canvas, box, limits);
    List<Panel.Key> keys = new ArrayList<>();
    for (int i = 0; i < curves.size(); i++) {
      Curve curve = curves.get(i);
      Color colour = colours.get(i % colours.size());
      panel.line(curve.steps(), curve.values(), colour, i == 0 ? firstWidth : 1.4);
      if (curve.steps().length < DOTTED) {
        double[][] dots = new double[curve.steps().length][];
        Arrays.setAll(dots, k -> new double[] {curve.steps()[k], curve.values()[k]});
        panel.points(dots, 0, 1, colour, 2.2);
      }
      keys.add(new Panel.Key(curve.name(), colour));
    }
    panel.legend(keys);
    return panel;
  }

  private static Interval lossRange(List<Curve> losses) {
    double[] sorted = Arrays.stream(finite(losses)).sorted().toArray();
    int last = sorted.length - 1 - (int) Math.floor(SPIKE * sorted.length);
    return Interval.around(Arrays.copyOf(sorted, last + 1), 0, 0.06);
  }

  private static double[] finite(List<Curve> curves) {
    return curves.stream()
        .flatMapToDouble(curve -> Arrays.stream(curve.values()))
        .filter(Double::isFinite)
        .toArray();
  }
}
