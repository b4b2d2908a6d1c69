package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows and contexts that do not fit a flow, in every method and in chunks. */
final class FlowArgumentsTest {

  private static final int N = 5;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(1);
  private final Flow conditional = new AffineFlow(backend, random).flow;
  private final Flow plain =
      new Flow(
          DiagonalNormal.standard(2),
          new Standardization(new double[2], new double[] {1, 2}),
          backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static double[][] rows(int n, int cols) {
    return new double[n][cols];
  }

  private static double[][] with(double bad, int cols) {
    double[][] rows = rows(N, cols);
    rows[3][cols - 1] = bad;
    return rows;
  }

  private static double[][] ragged() {
    double[][] rows = rows(N, 2);
    rows[3] = new double[1];
    return rows;
  }

  static Stream<Arguments> badRows() {
    return Stream.of(
        Arguments.of(ErrorKey.SHAPE_MISMATCH, rows(N, 3), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, rows(N, 1), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, rows(N, 0), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, ragged(), "row 3"),
        Arguments.of(ErrorKey.NON_FINITE, with(Double.NaN, 2), "row 3, column 1"),
        Arguments.of(ErrorKey.NON_FINITE, with(Double.POSITIVE_INFINITY, 2), "row 3, column 1"));
  }

  @ParameterizedTest
  @MethodSource("badRows")
  void badRowsAreRefused(ErrorKey key, double[][] rows, String place) {
    for (int chunkRows : new int[] {1, 2, N}) {
      Flow chunked = plain.withChunkRows(chunkRows);
      forRows(chunked, method -> assertFails(key, method, place), rows, Context.none());
    }
  }

  static Stream<Arguments> badContexts() {
    return Stream.of(
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.none(), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.of(rows(N, 2)), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.of(rows(N, 0)), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.of(rows(N - 1, 1)), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.of(rows(N + 1, 1)), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.of(rows(1, 1)), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.of(rows(0, 1)), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.shared(new double[2]), ""),
        Arguments.of(ErrorKey.SHAPE_MISMATCH, Context.shared(new double[0]), ""),
        Arguments.of(ErrorKey.NON_FINITE, Context.of(with(Double.NaN, 1)), "row 3"),
        Arguments.of(
            ErrorKey.NON_FINITE, Context.shared(new double[] {Double.NEGATIVE_INFINITY}), ""));
  }

  @ParameterizedTest
  @MethodSource("badContexts")
  void badContextsAreRefused(ErrorKey key, Context context, String place) {
    for (int chunkRows : new int[] {1, 2, N}) {
      Flow chunked = conditional.withChunkRows(chunkRows);
      forRows(chunked, method -> assertFails(key, method, place), rows(N, 2), context);
      assertFails(key, () -> chunked.sample(N, context, random), place);
      assertFails(key, () -> chunked.sampleAndLogProb(N, context, random), place);
    }
  }

  @Test
  void aFlowWithoutContextTakesNone() {
    for (Context context :
        List.of(Context.of(rows(N, 1)), Context.of(rows(0, 0)), Context.shared(new double[1]))) {
      forRows(plain, method -> assertFails(ErrorKey.SHAPE_MISMATCH, method), rows(N, 2), context);
      assertFails(ErrorKey.SHAPE_MISMATCH, () -> plain.sample(N, context, random));
    }
  }

  private void forRows(Flow flow, Consumer<Executable> check, double[][] x, Context context) {
    check.accept(() -> flow.logProb(x, context, random));
    check.accept(() -> flow.score(x, context, random));
    check.accept(() -> flow.toBase(x, context, random));
    check.accept(() -> flow.fromBase(x, context, random));
  }
}
