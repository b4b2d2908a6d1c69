package org.fjordflow.report;

import static org.fjordflow.report.AxesTest.assertKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PicturesTest {
  private static final int WHITE = 0xffffff;
  private static final double NAN = Double.NaN;

  @Test
  void dataAndSamplesAreDrawnWhereTheyAreUnderTheSameLimits() {
    double[][] data = {{0, 0}, {10, 10}, {0, 10}};
    double[][] samples = {{10, 0}, {500, 500}, {NAN, 3}};
    BufferedImage picture = SamplesPicture.draw(data, samples, List.of());
    assertEquals(2 * 2 * (Panel.LEFT + 360 + Panel.RIGHT), picture.getWidth());
    Limits limits = Limits.around(data);
    int second = Panel.LEFT + 360 + Panel.RIGHT;
    for (double[] row : new double[][] {{0, 0}, {10, 10}, {0, 10}, {10, 0}}) {
      boolean isData = row[0] == 0 || row[1] == 10;
      assertEquals(isData, isColoured(picture, place(limits, 0, 360, row)), Arrays.toString(row));
      assertEquals(
          !isData, isColoured(picture, place(limits, second, 360, row)), Arrays.toString(row));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 9})
  void otherDimensionsArePairPlots(int columns) {
    double[][] rows =
        Gallery.normal(200, columns, RandomGeneratorFactory.of("L64X128MixRandom").create(3));
    BufferedImage picture = SamplesPicture.draw(rows, rows, List.of());
    int shown = Math.min(5, columns);
    int side = columns == 1 ? 360 : Math.max(140, 480 / shown);
    int extent = shown * side + (shown - 1) * 12;
    assertEquals(2 * (Panel.LEFT + extent + Panel.RIGHT), picture.getWidth());
    assertEquals(2 * (Panel.TOP + extent + Panel.BOTTOM), picture.getHeight());
  }

  @Test
  void pointsOfTimesAreDrawnAtTheirLogarithms() {
    double[] seconds = {1, 10, 100};
    double[] values = {-3, NAN, -1};
    List<Curve> curves = List.of(new Curve("a", seconds, values));
    BufferedImage picture = TimePicture.draw("title", "nats", curves, true);
    assertTrue(
        picture.getWidth() > TimePicture.draw("title", "nats", curves, false).getWidth(),
        "the legend has a place");
    Limits limits = new Limits(around(0, 2), around(-3, -1));
    Rectangle2D box = new Rectangle2D.Double(Panel.LEFT, Panel.TOP, 320, 260);
    assertTrue(isColoured(picture, place(limits, box, 2, -1)));
    assertTrue(isColoured(picture, place(limits, box, 0, -3)));
    int three = SideBySide.inRows(2, List.of(picture, picture, picture)).getHeight();
    assertEquals(2 * picture.getHeight(), three);
    assertKey(
        ErrorKey.INVALID_ARGUMENT,
        () ->
            TimePicture.draw(
                "title", "nats", List.of(new Curve("a", new double[1], new double[] {NAN})), true));
  }

  private static Interval around(double... ends) {
    return Interval.around(ends, 0, 0.04);
  }

  @Test
  void histogramsHoldTheSharesOfAllRows() {
    double[][] rows = {{0.1}, {0.1}, {39.9}, {40}, {-1}, {NAN}, {20.5}, {7}};
    double[] shares = PairPlot.histogram(rows, 0, new Interval(0, 40));
    assertEquals(0.25, shares[0], 1e-15);
    assertEquals(0.125, shares[7], 1e-15);
    assertEquals(0.125, shares[20], 1e-15);
    assertEquals(0.125, shares[39], 1e-15);
    assertEquals(0.625, Arrays.stream(shares).sum(), 1e-15);
  }

  @Test
  void degenerateSamplesGiveAPictureOrATypedError() {
    double[][] one = {{1, 2}};
    double[][] equal = {{3, 3, 3}, {3, 3, 3}};
    double[][] unknown = {{NAN, NAN}};
    assertTrue(SamplesPicture.draw(one, one, List.of()).getWidth() > 0);
    assertTrue(SamplesPicture.draw(equal, equal, List.of("a", "b", "c")).getWidth() > 0);
    assertTrue(SamplesPicture.draw(one, unknown, List.of()).getWidth() > 0);
    assertKey(ErrorKey.NON_FINITE, () -> SamplesPicture.draw(unknown, one, List.of()));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> SamplesPicture.draw(one, equal, List.of()));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> SamplesPicture.draw(one, one, List.of("a")));
    assertKey(
        ErrorKey.INVALID_ARGUMENT, () -> SamplesPicture.draw(one, new double[0][], List.of()));
  }

  @Test
  void pathsRunThroughTheirStates() {
    double[] times = {1, 0.5, 0};
    double[][][] states = {{{0, 0}, {5, 0}}, {{0, 10}, {NAN, 0}}, {{10, 10}, {5, 5}}};
    BufferedImage picture = PathsPicture.draw(times, states);
    Limits limits = Limits.around(new double[][] {{0, 0}, {5, 0}, {0, 10}, {10, 10}});
    for (double[] on : new double[][] {{0, 0}, {0, 5}, {5, 10}, {10, 10}, {5, 0}}) {
      assertTrue(isColoured(picture, place(limits, 0, 400, on)), Arrays.toString(on));
    }
    // The second path stops being finite, so its end is not drawn.
    for (double[] off : new double[][] {{5, 5}, {10, 0}, {3, 3}}) {
      assertEquals(false, isColoured(picture, place(limits, 0, 400, off)), Arrays.toString(off));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6})
  void pathsOfAnyDimensionAndOfOnePointAreDrawn(int dimension) {
    double[][][] still = {{new double[dimension]}};
    assertTrue(PathsPicture.draw(new double[] {0}, still).getWidth() > 0);
    double[][] bad = new double[1][dimension];
    Arrays.fill(bad[0], NAN);
    assertKey(
        ErrorKey.NON_FINITE, () -> PathsPicture.draw(new double[] {0}, new double[][][] {bad}));
  }

  @Test
  void pathsOfWrongShapesAreRefused() {
    double[][][] states = {{{0, 0}}, {{1, 1}, {2, 2}}};
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> PathsPicture.draw(new double[] {0, 1}, states));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> PathsPicture.draw(new double[] {0}, states));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> PathsPicture.draw(new double[0], new double[0][][]));
  }

  @Test
  void theGridIsDrawnWhereTheMapSendsIt() {
    // A quarter turn and a shift: (x, y) to (10 - y, x).
    BufferedImage picture =
        GridPicture.draw(
            rows ->
                Arrays.stream(rows)
                    .map(z -> new double[] {10 - z[1], z[0]})
                    .toArray(double[][]::new),
            3);
    int second = Panel.LEFT + 360 + Panel.RIGHT;
    Limits limits = Limits.around(new double[][] {{7, -3}, {13, 3}});
    assertTrue(isColoured(picture, place(limits, second, 360, 10, 0)));
    assertTrue(isColoured(picture, place(limits, second, 360, 7, 1.6)));
    assertEquals(false, isColoured(picture, place(limits, second, 360, 10.125, 0.125)));
    assertEquals(false, isColoured(picture, place(limits, second, 360, 13.3, 0)));
  }

  @Test
  void gridsOfFailingMapsAreDrawnInPartOrRefused() {
    PointMap half =
        rows ->
            Arrays.stream(rows)
                .map(z -> z[0] < 0 ? new double[] {NAN, NAN} : z)
                .toArray(double[][]::new);
    PointMap huge =
        rows ->
            Arrays.stream(rows)
                .map(z -> new double[] {z[0] * 1e290, Math.sinh(200 * z[1])})
                .toArray(double[][]::new);
    assertTrue(GridPicture.draw(half, 3).getWidth() > 0);
    assertTrue(GridPicture.draw(huge, 3).getWidth() > 0);
    assertTrue(GridPicture.draw(rows -> new double[rows.length][2], 3).getWidth() > 0);
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> GridPicture.draw(rows -> new double[1][2], 3));
    assertKey(
        ErrorKey.SHAPE_MISMATCH, () -> GridPicture.draw(rows -> new double[rows.length][3], 3));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> GridPicture.draw(rows -> rows, 0));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> GridPicture.draw(rows -> rows, NAN));
  }

  @Test
  void predictionsAreDrawnWithTheirCalibration() {
    double[] levels = {0.25, 0.5, 0.75};
    PredictionsPicture.Bands bands =
        new PredictionsPicture.Bands(
            "y",
            new double[] {0, 2, 1},
            new double[] {1, 3, 2},
            new double[] {2, 4, 3},
            new double[] {1.5, 2.5, 2});
    BufferedImage both = PredictionsPicture.draw(bands, levels, new double[] {0, 0.5, 1});
    BufferedImage one = PredictionsPicture.draw(bands, levels, new double[0]);
    assertEquals(both.getWidth(), 2 * one.getWidth());
    Limits unit = new Limits(new Interval(0, 1), new Interval(0, 1));
    double left = both.getWidth() / 4.0 + Panel.LEFT; // pictures have two pixels a unit
    Rectangle2D box = new Rectangle2D.Double(left, Panel.TOP, 420, 300);
    assertTrue(isColoured(both, place(unit, box, 0.5, 0.5)));
    assertTrue(isColoured(both, place(unit, box, 0.25, 0)));
    assertEquals(false, isColoured(both, place(unit, box, 0.25, 0.75)));
    assertKey(
        ErrorKey.INVALID_ARGUMENT,
        () ->
            PredictionsPicture.draw(
                new PredictionsPicture.Bands(
                    "y", new double[0], new double[0], new double[0], null),
                levels,
                new double[0]));
  }

  @Test
  void scoresAreDrawnWithTheThresholdAndTheHighestRows() {
    double inf = Double.POSITIVE_INFINITY;
    double[] normal = {0, 1, 2, 3, 4};
    double[] judged = {1, 2, 8, NAN, inf};
    BufferedImage alone = ScoresPicture.draw(normal, judged, 4, List.of());
    BufferedImage both =
        ScoresPicture.draw(
            normal,
            judged,
            4,
            List.of(new ScoresPicture.Row("row 5", inf), new ScoresPicture.Row("row 3", 8)));
    assertTrue(both.getWidth() > alone.getWidth());
    // Above the highest bins nothing but the threshold is drawn.
    Interval range = Interval.around(new double[] {0, 1, 2, 3, 4, 1, 2, 8, 4}, 0.005, 0.05);
    Limits limits = new Limits(range, new Interval(-1, 0));
    Rectangle2D box = new Rectangle2D.Double(Panel.LEFT, Panel.TOP, 440, 300);
    int dots = 0;
    for (double y = -0.25; y < 0; y += 0.01) {
      dots += isColoured(alone, place(limits, box, 4, y)) ? 1 : 0;
      assertEquals(false, isColoured(alone, place(limits, box, 5, y)));
    }
    assertTrue(dots > 5, dots + " dots");
    assertTrue(ScoresPicture.draw(normal, judged, inf, List.of()).getWidth() > 0);
    double[] shares = ScoresPicture.logShares(judged, new Interval(0, 6));
    assertEquals(Math.log10(0.25), shares[10], 1e-12);
    assertEquals(Math.log10(0.5), shares[59], 1e-12, "beyond");
    assertKey(
        ErrorKey.INVALID_ARGUMENT, () -> ScoresPicture.draw(new double[0], judged, 4, List.of()));
  }

  @Test
  void trainingCurvesRunThroughTheirPointsWithGaps() {
    Curve loss = new Curve("training", new double[] {0, 1, 2, 3}, new double[] {1, NAN, 0, 0});
    Curve forward = new Curve("forward", new double[] {0, 1, 2, 3}, new double[] {4, 4, 8, 8});
    BufferedImage picture = TrainingPicture.draw(List.of(loss), List.of(forward));
    Limits limits = new Limits(new Interval(-0.06, 3.06), new Interval(-0.06, 1.06));
    Rectangle2D box = new Rectangle2D.Double(Panel.LEFT, Panel.TOP, 420, 300);
    assertTrue(isColoured(picture, place(limits, box, 0, 1)));
    assertTrue(isColoured(picture, place(limits, box, 2.5, 0)));
    assertEquals(false, isColoured(picture, place(limits, box, 1, 0.5)));
    assertEquals(
        1, new Curve("a", new double[] {1, 2}, new double[] {NAN, 3}).withoutGaps().steps().length);
  }

  @Test
  void degenerateTrainingsGiveAPictureOrATypedError() {
    Curve point = new Curve("training", new double[] {1}, new double[] {2});
    Curve unknown = new Curve("validation", new double[] {1, 2}, new double[] {NAN, NAN});
    Curve empty = new Curve("forward", new double[0], new double[0]);
    assertTrue(TrainingPicture.draw(List.of(point), List.of()).getWidth() > 0);
    assertTrue(TrainingPicture.draw(List.of(unknown), List.of(empty)).getWidth() > 0);
    assertTrue(
        TrainingPicture.draw(List.of(point, unknown.withoutGaps()), List.of(empty)).getWidth() > 0);
    assertKey(
        ErrorKey.INVALID_ARGUMENT, () -> TrainingPicture.draw(List.of(empty), List.of(empty)));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> new Curve("a", new double[1], new double[2]));
  }

  @Test
  void workPrecisionCurvesRunThroughTheirLogarithms() {
    WorkCurve curve =
        new WorkCurve(
            "a",
            0,
            1,
            true,
            new double[] {10, 100, 1000, 5000},
            new double[] {1e-3, 1e-2, 1e-1, 2},
            new double[] {1e-1, 1e-4, 1e-7, NAN});
    BufferedImage picture = WorkPrecisionPicture.draw("problem", List.of(curve));
    Limits limits =
        new Limits(
            Interval.around(new double[] {1, Math.log10(5000)}, 0, 0.04),
            Interval.around(new double[] {-1, -7}, 0, 0.04));
    assertTrue(isColoured(picture, place(limits, 0, 340, 1, -1)));
    assertTrue(isColoured(picture, place(limits, 0, 340, 2, -4)));
    assertTrue(isColoured(picture, place(limits, 0, 340, 3, -7)));
    assertEquals(false, isColoured(picture, place(limits, 0, 340, 2, -1)));
  }

  @Test
  void degenerateWorkPrecisionDiagramsGiveAPictureOrATypedError() {
    double[] one = {1};
    for (double error : new double[] {1e-3, 1e300}) {
      double[] errors = {error};
      assertTrue(
          WorkPrecisionPicture.draw(
                      "p", List.of(new WorkCurve("a", 40, -3, false, one, one, errors)))
                  .getWidth()
              > 0);
    }
    double[] zero = {0};
    assertKey(
        ErrorKey.NON_FINITE,
        () ->
            WorkPrecisionPicture.draw(
                "p", List.of(new WorkCurve("a", 0, 0, false, one, one, zero))));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> WorkPrecisionPicture.draw("p", List.of()));
    assertKey(
        ErrorKey.SHAPE_MISMATCH, () -> new WorkCurve("a", 0, 0, false, one, one, new double[2]));
  }

  /** Where columns have names, every picture has them at its axes. */
  @Test
  void namesStandAtTheAxes() {
    double[][] points = {{0, 0}, {1, 2}, {3, 1}};
    Limits limits = Limits.around(points);
    DensityFunction density = rows -> new double[rows.length];
    List<String> names = List.of("height", "weight");
    assertOthers(
        DensityPicture.draw(density, limits, 4), DensityPicture.draw(density, limits, 4, names));
    assertOthers(GridPicture.draw(rows -> rows, 2), GridPicture.draw(rows -> rows, 2, names));
    double[] times = {0, 1};
    double[][][] states = {points, points};
    assertOthers(PathsPicture.draw(times, states), PathsPicture.draw(times, states, names));
    List<String> wrong = List.of("height");
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> DensityPicture.draw(density, limits, 4, wrong));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> GridPicture.draw(rows -> rows, 2, wrong));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> PathsPicture.draw(times, states, wrong));
  }

  /** The pictures differ below and left of their frames alone. */
  private static void assertOthers(BufferedImage plain, BufferedImage named) {
    int differing = 0;
    for (int x = 0; x < plain.getWidth(); x++) {
      for (int y = 0; y < plain.getHeight(); y++) {
        differing += plain.getRGB(x, y) == named.getRGB(x, y) ? 0 : 1;
      }
    }
    assertTrue(differing > 20 && differing < 0.05 * plain.getWidth() * plain.getHeight());
  }

  @Test
  void theSameInputGivesTheSamePicture() {
    double[][] rows =
        Gallery.normal(7000, 2, RandomGeneratorFactory.of("L64X128MixRandom").create(5));
    BufferedImage first = SamplesPicture.draw(rows, rows, List.of());
    BufferedImage second = SamplesPicture.draw(rows, rows, List.of());
    for (int y = 0; y < first.getHeight(); y++) {
      for (int x = 0; x < first.getWidth(); x++) {
        assertEquals(first.getRGB(x, y), second.getRGB(x, y));
      }
    }
    assertNotEquals(Color.WHITE.getRGB(), first.getRGB(2 * Panel.LEFT, 2 * Panel.TOP));
  }

  private static int[] place(Limits limits, int left, int side, double... point) {
    Rectangle2D box = new Rectangle2D.Double(left + Panel.LEFT, Panel.TOP, side, side);
    return place(limits, box, point[0], point[1]);
  }

  private static int[] place(Limits limits, Rectangle2D box, double x, double y) {
    double right = (x - limits.x().min()) / limits.x().length();
    double down = (limits.y().max() - y) / limits.y().length();
    return new int[] {
      (int) Math.round(2 * (box.getX() + right * box.getWidth())),
      (int) Math.round(2 * (box.getY() + down * box.getHeight()))
    };
  }

  private static boolean isColoured(BufferedImage picture, int[] at) {
    for (int dy = -1; dy <= 1; dy++) {
      for (int dx = -1; dx <= 1; dx++) {
        if ((picture.getRGB(at[0] + dx, at[1] + dy) & WHITE) != WHITE) {
          return true;
        }
      }
    }
    return false;
  }
}
