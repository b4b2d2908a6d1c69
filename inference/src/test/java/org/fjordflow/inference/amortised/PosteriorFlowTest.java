package org.fjordflow.inference.amortised;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Posterior flows: log-determinants by differences, and orthonormal columns. */
final class PosteriorFlowTest {

  private static final int LATENT = VaeCases.LATENT;
  private static final int FEATURES = 5;
  private static final double STEP = 1e-5;

  static Stream<PosteriorFlow> posteriors() {
    return VaeCases.posteriors();
  }

  @ParameterizedTest
  @MethodSource("posteriors")
  void logDeterminantIsThatOfTheJacobian(PosteriorFlow flow) {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      PosteriorFlow.Map map = flow.create(parameters, LATENT, FEATURES, new SplittableRandom(1));
      VaeCases.shake(parameters, 2);
      RandomGenerator random = new SplittableRandom(4);
      double[][] logDets = new double[4][];
      for (int i = 0; i < logDets.length; i++) {
        double[] z = random.doubles(LATENT, -2, 2).toArray();
        double[] features = random.doubles(FEATURES, -1, 1).toArray();
        RealMatrix jacobian = MatrixUtils.createRealMatrix(LATENT, LATENT);
        for (int j = 0; j < LATENT; j++) {
          double[] up = image(backend, map, moved(z, j, STEP), features);
          double[] down = image(backend, map, moved(z, j, -STEP), features);
          for (int k = 0; k < LATENT; k++) {
            jacobian.setEntry(k, j, (up[k] - down[k]) / (2 * STEP));
          }
        }
        double determinant = new LUDecomposition(jacobian).getDeterminant();
        logDets[i] = image(backend, map, z, features);
        assertEquals(Math.log(Math.abs(determinant)), logDets[i][LATENT], 1e-7);
      }
    }
  }

  @Test
  void planarAndRadialLayersBeginAsTheIdentityAndCanLearn() {
    for (PosteriorFlow flow : List.of(PosteriorFlow.planar(40), PosteriorFlow.radial(5))) {
      try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
        Parameters parameters = new Parameters(backend);
        PosteriorFlow.Map map = flow.create(parameters, LATENT, FEATURES, new SplittableRandom(1));
        RandomGenerator random = new SplittableRandom(4);
        double[] z = random.doubles(LATENT, -2, 2).toArray();
        double[] features = random.doubles(FEATURES, -1, 1).toArray();
        double[] image = image(backend, map, z, features);
        for (int j = 0; j < LATENT; j++) {
          assertEquals(z[j], image[j], 1e-12);
        }
        assertEquals(0, image[LATENT], 1e-12);
        Tape tape = Tape.recording(backend);
        Pass pass = Pass.training(tape, new SplittableRandom(5));
        Var value =
            map.apply(pass, tape.constant(z, 1, LATENT), tape.constant(features, 1, FEATURES))
                .value();
        tape.backward(tape.mean(tape.apply(Elementwise.SQUARE, value)));
        parameters.entries().stream()
            .filter(entry -> entry.parameter().name().matches(".*(u|beta)_of_context"))
            .forEach(
                entry ->
                    assertNotEquals(
                        0,
                        Arrays.stream(Elements.of(backend, entry.parameter().gradient())).sum(),
                        1e-6,
                        entry.parameter().name()));
      }
    }
  }

  private static double[] moved(double[] z, int j, double by) {
    double[] other = z.clone();
    other[j] += by;
    return other;
  }

  /** The image and behind it the log-determinant. */
  private static double[] image(
      Backend backend, PosteriorFlow.Map map, double[] z, double[] features) {
    Tape tape = Tape.evaluating(backend);
    Transformed image =
        map.apply(
            Pass.evaluation(tape, new SplittableRandom(5)),
            tape.constant(z, 1, LATENT),
            tape.constant(features, 1, FEATURES));
    Var logDet = Objects.requireNonNull(image.logDet()).value();
    return Elements.of(backend, tape.concat(image.value(), logDet).value());
  }

  @Test
  void polarFactorIsTheLimitOfTheIteration() {
    int rows = 5;
    int cols = 3;
    double[] a = new SplittableRandom(7).doubles((long) rows * cols, -1, 1).toArray();
    RealMatrix q = MatrixUtils.createRealMatrix(rows, cols);
    for (int e = 0; e < a.length; e++) {
      q.setEntry(e / cols, e % cols, a[e]);
    }
    q = q.scalarMultiply(1 / q.getFrobeniusNorm());
    RealMatrix one = MatrixUtils.createRealIdentityMatrix(cols);
    for (int i = 0; i < 100; i++) {
      q = q.multiply(one.add(one.subtract(q.transposeMultiply(q)).scalarMultiply(0.5)));
    }
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Tape tape = Tape.evaluating(backend);
      Var factor = PolarFactor.apply(tape, tape.constant(a, 1, a.length), rows, cols);
      double[] found = Elements.of(backend, factor.value());
      for (int e = 0; e < found.length; e++) {
        assertEquals(q.getEntry(e / cols, e % cols), found[e], 1e-12);
      }
    }
  }

  @Test
  void dependentColumnsAreAnError() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Tape tape = Tape.evaluating(backend);
      Var a = tape.constant(new double[] {1, 2, 2, 4, 3, 6}, 1, 6);
      assertThrows(FjordException.class, () -> PolarFactor.apply(tape, a, 3, 2));
    }
  }

  @Test
  void columnsOfBothFramesAreOrthonormal() {
    int latent = 4;
    int rank = 3;
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      for (Frame frame :
          new Frame[] {new Frame.Polar(latent, rank), new Frame.Reflections(latent, rank, 2)}) {
        Tape tape = Tape.evaluating(backend);
        double[] numbers = new SplittableRandom(9).doubles(frame.size(), -1, 1).toArray();
        double[] repeated = new double[rank * numbers.length];
        double[] units = new double[rank * rank];
        for (int i = 0; i < rank; i++) {
          System.arraycopy(numbers, 0, repeated, i * numbers.length, numbers.length);
          units[i * rank + i] = 1;
        }
        Frame.Applied q = frame.on(tape, tape.constant(repeated, rank, numbers.length));
        Var there = q.back(tape.constant(units, rank, rank));
        double[] again = Elements.of(backend, q.across(there).value());
        for (int e = 0; e < units.length; e++) {
          assertEquals(units[e], again[e], 1e-13, frame.toString());
        }
      }
    }
  }

  @Test
  void wrongSizesAreErrors() {
    assertThrows(FjordException.class, () -> PosteriorFlow.orthogonalSylvester(0, 2));
    assertThrows(FjordException.class, () -> PosteriorFlow.orthogonalSylvester(1, 0));
    assertThrows(FjordException.class, () -> PosteriorFlow.householderSylvester(1, 2, 0));
    assertThrows(FjordException.class, () -> PosteriorFlow.continuous(1, 0, 8));
    ImageShape odd = new ImageShape(4, 6, 1);
    assertThrows(FjordException.class, () -> NetworkConfig.convolutionalEncoder(odd, 2, 2));
    assertThrows(FjordException.class, () -> NetworkConfig.gated(0));
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      PosteriorFlow tooMany = PosteriorFlow.orthogonalSylvester(1, 4);
      assertThrows(
          FjordException.class,
          () -> tooMany.create(parameters, LATENT, FEATURES, new SplittableRandom(1)));
    }
  }
}
