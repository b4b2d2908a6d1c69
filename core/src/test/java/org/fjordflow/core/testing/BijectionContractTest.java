package org.fjordflow.core.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract notices each mistake that it is there for. */
final class BijectionContractTest {

  private static final String INVERSE = "inverse undoes forward";
  private static final String JACOBIAN = "log-determinant is that of the Jacobian";
  private static final String GRADIENTS = "gradients agree with finite differences";
  private static final String EFFECT = "everything has an effect";
  private static final String BATCHES = "rows are independent, none, one or many";
  private static final String VALUE = "without log-determinant the value stays";
  private static final String BITS = "same seed, same bits";
  private static final String SIZES = "other sizes are refused";
  private static final String SINGLE = "single precision agrees";
  private static final String SAVED = "saved and loaded, same bits";
  private static final String TRAINING = "training and evaluation agree";
  private static final String EXTREMES =
      "extreme rows stay finite, or are refused where it is not defined";
  private static final String INTEGRAL = "a trained density integrates to one";

  /** A way to get the scaling z = exp(s) x of two columns wrong, and what notices it. */
  private enum Mistake {
    NONE(),
    INVERSE_SCALES_FORWARD(INVERSE, JACOBIAN, INTEGRAL),
    SIGN_OF_LOG_DET(INVERSE, JACOBIAN, INTEGRAL),
    SIGN_OF_LOG_DET_BOTH_WAYS(JACOBIAN, INTEGRAL),
    LOG_DET_OF_ONE_COLUMN(JACOBIAN, INTEGRAL),
    VALUE_CUT_FROM_TAPE(JACOBIAN, GRADIENTS, EFFECT),
    PARAMETER_CUT_FROM_TAPE(GRADIENTS, EFFECT, INTEGRAL),
    PARAMETER_WITHOUT_EFFECT(EFFECT),
    MIXES_ROWS(JACOBIAN, INVERSE, BATCHES, INTEGRAL),
    SHIFTS_BY_THE_NUMBER_OF_ROWS(INVERSE, BATCHES, INTEGRAL),
    OTHER_VALUE_WITHOUT_LOG_DET(VALUE),
    TAKES_ANY_SIZE(SIZES),
    COARSE_IN_SINGLE_PRECISION(SINGLE),
    HAS_A_VARIANCE(BITS),
    KEEPS_SOMETHING_UNSAVED(SAVED),
    TRAINS_OTHERWISE(TRAINING),
    OVERFLOWS(EXTREMES),
    REFUSES_LARGE_NUMBERS(EXTREMES);

    private final String noticedBy;

    Mistake(String... noticedBy) {
      this.noticedBy = String.join("\n", new TreeSet<>(List.of(noticedBy)));
    }
  }

  private record Scaling(Parameter s, Parameter spare, double drawn, Mistake mistake)
      implements Bijection {

    static Scaling create(Parameters parameters, RandomGenerator random, Mistake mistake) {
      Parameter s = parameters.add("s", new double[] {0.5, -0.9}, 2);
      boolean spare = mistake == Mistake.PARAMETER_WITHOUT_EFFECT;
      return new Scaling(
          s,
          spare ? parameters.add("spare", new double[] {1}) : s,
          mistake == Mistake.KEEPS_SOMETHING_UNSAVED ? random.nextDouble() : 0,
          mistake);
    }

    @Override
    public int dim() {
      return 2;
    }

    @Override
    public int contextSize() {
      return 0;
    }

    @Override
    public Transformed forward(Pass pass, Var x, @Nullable Var context) {
      return scaled(pass, x, context, 1);
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      return scaled(pass, z, context, -1);
    }

    private Transformed scaled(Pass pass, Var x, @Nullable Var context, double direction) {
      if (mistake != Mistake.TAKES_ANY_SIZE) {
        requireFits(x, context);
      }
      Tape tape = pass.tape();
      Var logScale = tape.affine(direction, scale(tape), direction * drawn);
      Var used =
          mistake == Mistake.INVERSE_SCALES_FORWARD && direction < 0
              ? tape.affine(-1, logScale, 0)
              : logScale;
      Var in = mistake == Mistake.VALUE_CUT_FROM_TAPE ? tape.constant(x.value()) : x;
      if (mistake == Mistake.TAKES_ANY_SIZE) {
        in = tape.columns(in, 0, 2);
      }
      Var value = tape.multiply(in, tape.apply(Elementwise.EXP, used));
      value = wrongValue(pass, value, direction);
      if (!pass.logDet()) {
        boolean other = mistake == Mistake.OTHER_VALUE_WITHOUT_LOG_DET;
        return Transformed.exact(other ? tape.affine(2, value, 0) : value, null);
      }
      Var logDet = tape.repeat(wrongLogDet(tape, logScale, direction), x.rows());
      boolean variance = mistake == Mistake.HAS_A_VARIANCE;
      return new Transformed(value, new Estimate(logDet, variance ? new double[x.rows()] : null));
    }

    private Var scale(Tape tape) {
      if (mistake == Mistake.PARAMETER_WITHOUT_EFFECT) {
        Var zero = tape.affine(0, tape.parameter(spare), 0);
        return tape.add(tape.parameter(s), zero);
      }
      return mistake == Mistake.PARAMETER_CUT_FROM_TAPE
          ? tape.constant(s.value())
          : tape.parameter(s);
    }

    private Var wrongValue(Pass pass, Var value, double direction) {
      Tape tape = pass.tape();
      return switch (mistake) {
        case MIXES_ROWS -> {
          Var sum = tape.affine(0.01, tape.columnSum(value), 0);
          yield direction > 0 ? tape.add(value, sum) : value;
        }
        case SHIFTS_BY_THE_NUMBER_OF_ROWS -> tape.affine(1, value, 1e-3 * value.rows());
        case COARSE_IN_SINGLE_PRECISION ->
            tape.affine(1, value, tape.backend().dtype().bytes() == 4 ? 1e-3 : 0);
        case TRAINS_OTHERWISE -> tape.affine(1, value, pass.training() ? 1e-3 : 0);
        case REFUSES_LARGE_NUMBERS -> {
          double[] all = Elements.of(tape.backend(), value.value());
          if (Arrays.stream(all).anyMatch(v -> Math.abs(v) > 1e5)) {
            throw new FjordException(ErrorKey.NON_FINITE, "too large");
          }
          yield value;
        }
        case OVERFLOWS -> tape.add(value, tape.affine(0, tape.apply(Elementwise.EXP, value), 0));
        default -> value;
      };
    }

    private Var wrongLogDet(Tape tape, Var logScale, double direction) {
      Var sum = tape.rowSum(logScale);
      return switch (mistake) {
        case SIGN_OF_LOG_DET -> direction > 0 ? tape.affine(-1, sum, 0) : sum;
        case SIGN_OF_LOG_DET_BOTH_WAYS -> tape.affine(-1, sum, 0);
        case LOG_DET_OF_ONE_COLUMN -> tape.columns(logScale, 0, 1);
        default -> sum;
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachMistakeIsNoticedByItsTests(Mistake mistake) {
    BijectionContract.Factory factory =
        (Parameters parameters, RandomGenerator random) ->
            Scaling.create(parameters, random, mistake);
    Set<String> failed = new TreeSet<>();
    try (Stream<DynamicTest> tests = BijectionContract.of("", factory).tests()) {
      tests.filter(BijectionContractTest::fails).forEach(t -> failed.add(property(t)));
    }
    assertEquals(mistake.noticedBy, String.join("\n", failed));
  }

  private static String property(DynamicTest test) {
    return test.getDisplayName().substring(": ".length());
  }

  @SuppressWarnings("CatchingUnchecked") // whatever the test throws is its failure
  private static boolean fails(DynamicTest test) {
    try {
      test.getExecutable().execute();
      return false;
    } catch (Throwable failure) {
      return true;
    }
  }
}
