package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps use their arrays again: a step allocates nothing, but for what the system itself does. */
class AllocationTest {
  private static final int DIMENSION = 10_000;
  private static final int FEW = 5;
  private static final int MANY = 25;

  /** What two powers of Hipparchus' FastMath need until they are compiled. */
  private static final long POWERS = 128;

  /** Allowed for a step of a system in parts, which makes its instants itself. */
  private static final long INSTANTS = POWERS + 256;

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void noAllocationInAStep(SolverMethod method) {
    Assumptions.assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean);
    double[] factors = new double[DIMENSION];
    Arrays.fill(factors, 1);
    OdeSystem plain =
        TestSystems.of(
            DIMENSION,
            (t, y, yDot) -> {
              for (int i = 0; i < y.length; i++) {
                yDot[i] = -y[i];
              }
            });
    for (ErrorNorm norm :
        new ErrorNorm[] {ErrorNorm.rootMeanSquare(), ErrorNorm.mixed(), ErrorNorm.largest()}) {
      assertBounded(plain, method, norm, POWERS);
      assertBounded(new GroupedSystem(factors, DIMENSION / 2, 1, 1), method, norm, INSTANTS);
      assertBounded(new GroupedSystem(factors, DIMENSION / 2, 7, 1), method, norm, INSTANTS);
    }
  }

  private static void assertBounded(
      OdeSystem system, SolverMethod method, ErrorNorm norm, long allowed) {
    allocated(system, method, norm, 1);
    long few = allocated(system, method, norm, FEW);
    long many = allocated(system, method, norm, MANY);
    long step = (many - few) / (MANY - FEW);
    assertTrue(few > 8L * DIMENSION, "allocations are seen");
    assertTrue(step <= allowed, method + ", " + norm.kind() + ": " + step + " bytes a step");
  }

  private static long allocated(OdeSystem system, SolverMethod method, ErrorNorm norm, int steps) {
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, 1e-2, 1e-2)
                .withStepBounds(0, 1.0 / steps)
                .withErrorNorm(norm)
            : SolverConfig.fixed(method, steps);
    double[] start = new double[system.dimension()];
    Arrays.fill(start, 1);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    Solution solution = new OdeSolver(config).solve(system, 0, start, 1);
    long after = threads.getThreadAllocatedBytes(thread);
    assertTrue(solution.stats().acceptedSteps() >= steps);
    return after - before;
  }
}
