package org.fjordflow.core.data;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.LogSum;

/**
 * The eight densities on the plane that flows are tried on, as FFJORD draws them (Grathwohl et al.
 * 2019, {@code lib/toy_data.py}), but for {@link #MOONS}.
 *
 * <p>Every point is drawn independently. scikit-learn's and FFJORD's own generators fix the number
 * of points of each part (half on each moon, a fifth on each arm), and scikit-learn places the
 * angles of moons and circles at equal distances; here part and angle are random, so that the
 * points are fresh samples of one density, whose mean negative log-likelihood can be compared.
 */
public enum ToyDensity {
  /**
   * scikit-learn's {@code make_moons} with noise 0.1: (cos a, sin a) or (1 - cos a, 0.5 - sin a), a
   * uniform on (0, pi). Neither shifted nor scaled; FFJORD doubles it and shifts it by (-1, -0.2).
   */
  MOONS("moons"),
  /**
   * scikit-learn's {@code make_swiss_roll} with noise 1, coordinates 0 and 2, divided by 5: (t cos
   * t, t sin t), t uniform on (1.5 pi, 4.5 pi).
   */
  SWISS_ROLL("swissroll"),
  /**
   * Eight normals of standard deviation 0.5 around the circle of radius 4, all divided by 1.414.
   */
  EIGHT_GAUSSIANS("8gaussians"),
  /**
   * Five arms: (r, s) = (1 + 0.3 a, 0.1 b) with a, b normal, turned clockwise by 2 pi k / 5 + 0.25
   * exp(r), times 2.
   */
  PINWHEEL("pinwheel"),
  /** scikit-learn's {@code make_circles} with factor 0.5 and noise 0.08, times 3. */
  CIRCLES("circles"),
  /** Circles of radius 0.75, 1.5, 2.25 and 3, each equally likely, with noise 0.08. */
  RINGS("rings"),
  /**
   * (-n cos n + 0.5 u', n sin n + 0.5 u'') with n = 3 pi sqrt(u), or its mirror image in the
   * origin, divided by 3, with noise 0.1; u, u', u'' uniform.
   */
  TWO_SPIRALS("2spirals"),
  /** Every second cell of a board of 4 x 4 cells of side 2, uniformly: (-4, 4) x (-4, 4). */
  CHECKERBOARD("checkerboard");

  private static final double SMALL_NOISE = 0.08;
  private static final double GAUSSIANS_DIVISOR = 1.414; // FFJORD's, not the root of 2
  private static final double CHECKERBOARD_AREA = 32;
  private static final double MOONS_NOISE = 0.1;
  private static final double SPIRALS_NOISE = 0.1;
  private static final double SPIRAL_END = 3 * Math.PI;
  private static final double ROLL_START = 1.5 * Math.PI;

  /** Parts of a curve: none is longer than 1.5 deviations of the noise. */
  private static final int PANELS = 128;

  private final String id;

  ToyDensity(String id) {
    this.id = id;
  }

  /** Returns its name in commands and in FFJORD's code, such as {@code 8gaussians}. */
  public String id() {
    return id;
  }

  /**
   * Finds a density.
   *
   * @param id its name, such as {@code moons}
   * @return the density, or nothing if there is none of that name
   */
  public static Optional<ToyDensity> find(String id) {
    return Arrays.stream(values()).filter(density -> density.id.equals(id)).findFirst();
  }

  /**
   * Draws independent points.
   *
   * @param n how many, at least 0
   * @param random where randomness comes from; the same state gives the same points
   * @return [n][2]
   * @throws FjordException INVALID_ARGUMENT if n is negative
   */
  public double[][] sample(int n, RandomGenerator random) {
    if (n < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, n + " points of " + id + ", expected 0 or more");
    }
    double[][] points = new double[n][];
    for (int i = 0; i < n; i++) {
      points[i] = point(random);
    }
    return points;
  }

  /**
   * The differential entropy in nats, which no model's mean negative log-likelihood can be below.
   *
   * @return ln 32 for {@link #CHECKERBOARD}; nothing for the others, which have no closed form, but
   *     the mean of {@link #logProb} over samples
   */
  public OptionalDouble entropy() {
    return this == CHECKERBOARD
        ? OptionalDouble.of(Math.log(CHECKERBOARD_AREA))
        : OptionalDouble.empty();
  }

  /**
   * The log-densities of points, in nats: exact for {@link #CHECKERBOARD} (minus infinity beside
   * its cells), {@link #EIGHT_GAUSSIANS} and {@link #PINWHEEL} (minus infinity beyond 12 from the
   * origin, where it is below -130); for the others, which are curves with noise, by quadrature
   * along the curve, to about 1e-6.
   *
   * @param points [n][2]. Not modified.
   * @return one a point
   */
  public double[] logProb(double[][] points) {
    DoubleBinaryOperator density = logProb();
    return Arrays.stream(points).mapToDouble(p -> density.applyAsDouble(p[0], p[1])).toArray();
  }

  private DoubleBinaryOperator logProb() {
    return switch (this) {
      case MOONS -> moons()::logProb;
      case SWISS_ROLL ->
          new BlurredPoints(1.0 / 5)
                  .curve(
                      1,
                      ROLL_START,
                      3 * ROLL_START,
                      PANELS,
                      t -> t * Math.cos(t) / 5,
                      t -> t * Math.sin(t) / 5,
                      t -> 1 / (2 * ROLL_START))
              ::logProb;
      case EIGHT_GAUSSIANS -> eightGaussians()::logProb;
      case PINWHEEL -> Pinwheel::logProb;
      case CIRCLES -> new BlurredPoints(3 * SMALL_NOISE).circle(0.5, 3).circle(0.5, 1.5)::logProb;
      case RINGS -> rings()::logProb;
      case TWO_SPIRALS -> {
        BlurredPoints spiral = spiral();
        yield (x, y) -> {
          LogSum sum = new LogSum();
          sum.add(spiral.logProb(x, y));
          sum.add(spiral.logProb(-x, -y));
          return sum.value() - Math.log(2);
        };
      }
      case CHECKERBOARD -> ToyDensity::checkerboardLogProb;
    };
  }

  private static BlurredPoints moons() {
    DoubleUnaryOperator uniform = angle -> 1 / Math.PI;
    return new BlurredPoints(MOONS_NOISE)
        .curve(0.5, 0, Math.PI, PANELS, Math::cos, Math::sin, uniform)
        .curve(0.5, 0, Math.PI, PANELS, a -> 1 - Math.cos(a), a -> 0.5 - Math.sin(a), uniform);
  }

  private static BlurredPoints eightGaussians() {
    BlurredPoints points = new BlurredPoints(0.5 / GAUSSIANS_DIVISOR);
    for (int k = 0; k < 8; k++) {
      double[] centre = centre(k);
      points.point(1.0 / 8, centre[0] / GAUSSIANS_DIVISOR, centre[1] / GAUSSIANS_DIVISOR);
    }
    return points;
  }

  private static BlurredPoints rings() {
    BlurredPoints points = new BlurredPoints(SMALL_NOISE);
    for (int k = 1; k <= 4; k++) {
      points.circle(0.25, 0.75 * k);
    }
    return points;
  }

  /** One of the spirals; a uniform u makes n / 3 pi the root of a uniform number. */
  private static BlurredPoints spiral() {
    return new BlurredPoints(SPIRALS_NOISE)
        .curve(
            1,
            0,
            SPIRAL_END,
            PANELS,
            n -> -n * Math.cos(n) / 3,
            n -> n * Math.sin(n) / 3,
            n -> 2 * n / (SPIRAL_END * SPIRAL_END))
        .offset(0.5 / 3);
  }

  private double[] point(RandomGenerator random) {
    return switch (this) {
      case MOONS -> moons(random);
      case SWISS_ROLL -> swissRoll(random);
      case EIGHT_GAUSSIANS -> eightGaussians(random);
      case PINWHEEL -> Pinwheel.point(random);
      case CIRCLES -> {
        double[] point = onCircle(random.nextBoolean() ? 1 : 0.5, random);
        yield scaled(noisy(point, SMALL_NOISE, random), 3);
      }
      case RINGS -> noisy(onCircle(0.75 * (1 + random.nextInt(4)), random), SMALL_NOISE, random);
      case TWO_SPIRALS -> twoSpirals(random);
      case CHECKERBOARD -> checkerboard(random);
    };
  }

  private static double[] moons(RandomGenerator random) {
    double angle = Math.PI * random.nextDouble();
    boolean outer = random.nextBoolean();
    double x = outer ? Math.cos(angle) : 1 - Math.cos(angle);
    double y = outer ? Math.sin(angle) : 0.5 - Math.sin(angle);
    return noisy(new double[] {x, y}, MOONS_NOISE, random);
  }

  private static double[] swissRoll(RandomGenerator random) {
    double t = ROLL_START * (1 + 2 * random.nextDouble());
    double[] point = {t * Math.cos(t), t * Math.sin(t)};
    return scaled(noisy(point, 1, random), 1.0 / 5);
  }

  private static double[] eightGaussians(RandomGenerator random) {
    return scaled(noisy(centre(random.nextInt(8)), 0.5, random), 1 / GAUSSIANS_DIVISOR);
  }

  private static double[] centre(int k) {
    double angle = Math.PI / 4 * k;
    return new double[] {4 * Math.cos(angle), 4 * Math.sin(angle)};
  }

  private static double[] twoSpirals(RandomGenerator random) {
    double n = SPIRAL_END * Math.sqrt(random.nextDouble());
    double x = -n * Math.cos(n) + 0.5 * random.nextDouble();
    double y = n * Math.sin(n) + 0.5 * random.nextDouble();
    double divisor = random.nextBoolean() ? 3 : -3;
    return noisy(new double[] {x / divisor, y / divisor}, SPIRALS_NOISE, random);
  }

  private static double[] checkerboard(RandomGenerator random) {
    double x = 4 * random.nextDouble() - 2;
    double y = random.nextDouble() - 2 * random.nextInt(2) + Math.floorMod((int) Math.floor(x), 2);
    return new double[] {2 * x, 2 * y};
  }

  private static double checkerboardLogProb(double x, double y) {
    if (!(Math.abs(x) < 4 && Math.abs(y) < 4)) {
      return Double.NEGATIVE_INFINITY;
    }
    int cells = (int) Math.floor(x / 2) + (int) Math.floor(y / 2);
    return Math.floorMod(cells, 2) == 0 ? -Math.log(CHECKERBOARD_AREA) : Double.NEGATIVE_INFINITY;
  }

  private static double[] onCircle(double radius, RandomGenerator random) {
    double angle = 2 * Math.PI * random.nextDouble();
    return new double[] {radius * Math.cos(angle), radius * Math.sin(angle)};
  }

  /** Adds a normal of the given standard deviation to both coordinates, in place. */
  private static double[] noisy(double[] point, double deviation, RandomGenerator random) {
    point[0] += deviation * random.nextGaussian();
    point[1] += deviation * random.nextGaussian();
    return point;
  }

  private static double[] scaled(double[] point, double factor) {
    point[0] *= factor;
    point[1] *= factor;
    return point;
  }
}
