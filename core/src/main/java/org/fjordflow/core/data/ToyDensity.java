package org.fjordflow.core.data;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;

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
   * @return ln 32 for {@link #CHECKERBOARD}; nothing for the others, which have no closed form
   */
  public OptionalDouble entropy() {
    return this == CHECKERBOARD
        ? OptionalDouble.of(Math.log(CHECKERBOARD_AREA))
        : OptionalDouble.empty();
  }

  /**
   * The exact log-density at a point, in nats.
   *
   * @param x its first coordinate
   * @param y its second coordinate
   * @return the value for {@link #CHECKERBOARD} (minus infinity beside its cells) and {@link
   *     #EIGHT_GAUSSIANS}; nothing for the others
   */
  public OptionalDouble logProb(double x, double y) {
    return switch (this) {
      case CHECKERBOARD -> OptionalDouble.of(checkerboardLogProb(x, y));
      case EIGHT_GAUSSIANS -> OptionalDouble.of(eightGaussiansLogProb(x, y));
      case MOONS, SWISS_ROLL, PINWHEEL, CIRCLES, RINGS, TWO_SPIRALS -> OptionalDouble.empty();
    };
  }

  private double[] point(RandomGenerator random) {
    return switch (this) {
      case MOONS -> moons(random);
      case SWISS_ROLL -> swissRoll(random);
      case EIGHT_GAUSSIANS -> eightGaussians(random);
      case PINWHEEL -> pinwheel(random);
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
    return noisy(new double[] {x, y}, 0.1, random);
  }

  private static double[] swissRoll(RandomGenerator random) {
    double t = 1.5 * Math.PI * (1 + 2 * random.nextDouble());
    double[] point = {t * Math.cos(t), t * Math.sin(t)};
    return scaled(noisy(point, 1, random), 1.0 / 5);
  }

  private static double[] eightGaussians(RandomGenerator random) {
    double angle = Math.PI / 4 * random.nextInt(8);
    double[] point = {4 * Math.cos(angle), 4 * Math.sin(angle)};
    return scaled(noisy(point, 0.5, random), 1 / GAUSSIANS_DIVISOR);
  }

  private static double eightGaussiansLogProb(double x, double y) {
    double density = 0;
    double deviation = 0.5 / GAUSSIANS_DIVISOR;
    double nearest = Double.POSITIVE_INFINITY;
    double[] exponents = new double[8];
    for (int k = 0; k < exponents.length; k++) {
      double dx = x - 4 * Math.cos(Math.PI / 4 * k) / GAUSSIANS_DIVISOR;
      double dy = y - 4 * Math.sin(Math.PI / 4 * k) / GAUSSIANS_DIVISOR;
      exponents[k] = (dx * dx + dy * dy) / (2 * deviation * deviation);
      nearest = Math.min(nearest, exponents[k]);
    }
    for (double exponent : exponents) {
      density += Math.exp(nearest - exponent) / exponents.length;
    }
    return Math.log(density) - nearest - Math.log(2 * Math.PI * deviation * deviation);
  }

  /** Row vector times [[cos, -sin], [sin, cos]], as FFJORD's einsum has it: clockwise. */
  private static double[] pinwheel(RandomGenerator random) {
    double r = 1 + 0.3 * random.nextGaussian();
    double s = 0.1 * random.nextGaussian();
    double angle = 2 * Math.PI / 5 * random.nextInt(5) + 0.25 * Math.exp(r);
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    return new double[] {2 * (r * cos + s * sin), 2 * (s * cos - r * sin)};
  }

  private static double[] twoSpirals(RandomGenerator random) {
    double n = 3 * Math.PI * Math.sqrt(random.nextDouble());
    double x = -n * Math.cos(n) + 0.5 * random.nextDouble();
    double y = n * Math.sin(n) + 0.5 * random.nextDouble();
    double divisor = random.nextBoolean() ? 3 : -3;
    return noisy(new double[] {x / divisor, y / divisor}, 0.1, random);
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
