package org.fjordflow.core.autodiff;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.internal.Scratch;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tape notices a second thread, and may be handed on; what is kept with it stays. */
final class TapeThreadsTest {

  private static void onAnotherThread(Runnable task) throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor(r -> new Thread(r, "the other one"));
    try {
      other.submit(task).get();
    } finally {
      other.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSecondThreadIsRefusedUntilTheTapeIsReset(boolean recording) throws Exception {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Tape tape = recording ? Tape.recording(backend) : Tape.evaluating(backend);
      // Made here, begun there.
      onAnotherThread(() -> tape.add(tape.constant(1), tape.constant(2)));
      assertFails(
          ErrorKey.CONCURRENT_USE,
          () -> tape.constant(1),
          "thread '" + Thread.currentThread().getName() + "'",
          "thread 'the other one'",
          "reset()");
      tape.reset();
      Var here = tape.add(tape.constant(1), tape.constant(2));
      onAnotherThread(
          () ->
              assertFails(
                  ErrorKey.CONCURRENT_USE, () -> tape.add(here, here), "thread 'the other one'"));
      tape.add(here, here);
      tape.reset();
      onAnotherThread(() -> tape.add(tape.constant(1), tape.constant(2)));
    }
  }

  @Test
  void theSweepIsMadeByTheThreadThatRecordedOrThatWasGivenTheTape() throws Exception {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Tape tape = Tape.recording(backend);
      Scratch scratch = new Scratch(backend);
      tape.borrow(scratch);
      Var x = tape.input(backend.allocate(1, 1));
      Var y = tape.multiply(x, tape.add(x, tape.constant(3)));
      onAnotherThread(
          () -> assertFails(ErrorKey.CONCURRENT_USE, () -> tape.backward(y), "the other one"));
      tape.giveBack();
      onAnotherThread(() -> tape.backward(y));
      double[] slope = new double[1];
      backend.download(x.gradient(), slope, 0);
      assertEquals(3, slope[0], "d/dx x (x + 3) at 0");
    }
  }

  @Test
  void whatIsKeptWithATapeOutlivesItsResets() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Tape tape = Tape.evaluating(backend);
      Object owner = new Object();
      StringBuilder kept = tape.attachment(owner, StringBuilder.class, StringBuilder::new);
      tape.reset();
      assertSame(kept, tape.attachment(owner, StringBuilder.class, StringBuilder::new));
    }
  }
}
