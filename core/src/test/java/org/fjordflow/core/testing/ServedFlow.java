package org.fjordflow.core.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;

/** A flow that many threads call at once: every answer is the one that it gives alone. */
public final class ServedFlow {

  private static final int KINDS = 5;
  private static final int[] ROWS = {1, 40, 3, 150, 17};

  private final Flow flow;
  private final long seed;
  private final List<double[]> answers = new ArrayList<>();

  /** Asks the flow everything once, on this thread. */
  public ServedFlow(Flow flow, long seed) {
    this.flow = flow;
    this.seed = seed;
    for (int i = 0; i < KINDS * ROWS.length; i++) {
      answers.add(ask(i));
    }
  }

  /** Asks the same from several threads, each in another order. */
  public void expectSameBits(int threads, int calls) {
    ManyThreads.run(
        threads,
        thread -> {
          for (int call = 0; call < calls; call++) {
            expectSameBits(thread * 7 + call);
          }
        });
  }

  private void expectSameBits(int call) {
    int request = call % answers.size();
    assertArrayEquals(answers.get(request), ask(request), "request " + request + ", seed " + seed);
  }

  /**
   * Calls from several threads, while another one closes after some calls: each answer is right,
   * and the end of each thread is the typed error.
   *
   * @param close closes what the flow belongs to
   */
  public void expectClosed(int threads, int callsBefore, Runnable close) {
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    ManyThreads.run(
        threads + 1,
        thread -> {
          if (thread == threads) {
            while (calls.get() < callsBefore) {
              Thread.onSpinWait();
            }
            close.run();
            close.run();
            return;
          }
          try {
            for (int call = 0; ; call++) {
              expectSameBits(thread * 7 + call);
              calls.incrementAndGet();
            }
          } catch (FjordException e) {
            assertEquals(ErrorKey.CLOSED, e.key(), String.valueOf(e.getMessage()));
            ended.incrementAndGet();
          }
        });
    assertEquals(threads, ended.get());
  }

  private double[] ask(int request) {
    int n = ROWS[request % ROWS.length];
    RandomGenerator random = new SplittableRandom(seed + request);
    double[][] rows = uniform(n, flow.dim(), random);
    Context context =
        flow.contextSize() == 0
            ? Context.none()
            : Context.of(uniform(n, flow.contextSize(), random));
    return switch (request / ROWS.length) {
      case 0 -> {
        Flow.LogDensity scores = flow.score(rows, context, random);
        yield concat(scores.logProb(), scores.standardError());
      }
      case 1 -> flat(flow.sample(n, context, random));
      case 2 -> {
        Flow.Sample sample = flow.sampleAndLogProb(n, context, random);
        yield concat(flat(sample.rows()), sample.logProb());
      }
      case 3 -> flat(flow.toBase(rows, context, random));
      default -> flat(flow.fromBase(rows, context, random));
    };
  }

  private static double[][] uniform(int n, int cols, RandomGenerator random) {
    double[][] rows = new double[n][cols];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextDouble(-1, 1));
    }
    return rows;
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[] concat(double[] first, double[] second) {
    return DoubleStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }
}
