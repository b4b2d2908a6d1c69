package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.nn.Parameters;
import org.junit.jupiter.api.Test;

/** A trainer notices a second thread, and that its model is closed. */
final class TrainerThreadsTest {

  /** Does something in the third step. */
  private record InThirdStep(Runnable what, List<RuntimeException> failures)
      implements TrainingListener {
    @Override
    public void step(StepMetrics metrics) {
      if (metrics.step() == 3) {
        what.run();
      }
    }

    @Override
    public void failed(RuntimeException failure) {
      failures.add(failure);
    }
  }

  private static Trainer trainer(Parameters parameters, TrainingListener listener) {
    return new Trainer(
        TrainerConfig.of(10, 4, 1),
        parameters,
        TinyModels.bowl(parameters),
        TinyModels.noisy(0),
        List.of(listener));
  }

  @Test
  void aSecondThreadIsRefusedAndBothAreNamed() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor(r -> new Thread(r, "the other one"));
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Trainer[] made = new Trainer[1];
      List<String> told = new ArrayList<>();
      Thread caller = Thread.currentThread();
      Runnable onTheOther =
          () -> {
            if (!told.isEmpty()) {
              return; // it trains itself
            }
            FjordException e =
                assertThrows(
                    FjordException.class,
                    () -> {
                      try {
                        other.submit(made[0]::train).get();
                      } catch (ExecutionException failure) {
                        throw failure.getCause();
                      }
                    });
            assertEquals(ErrorKey.CONCURRENT_USE, e.key());
            told.add(String.valueOf(e.getMessage()));
          };
      made[0] =
          trainer(
              TinyModels.bowlParameters(backend), new InThirdStep(onTheOther, new ArrayList<>()));
      assertEquals(10, made[0].train().steps());
      assertEquals(1, told.size());
      for (String name : List.of("'the other one'", "'" + caller.getName() + "'")) {
        assertTrue(told.get(0).contains(name), told.get(0));
      }
      // Afterwards any thread may.
      assertEquals(10, other.submit(made[0]::train).get().steps());
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void aModelThatIsClosedMeanwhileEndsTraining() {
    CpuBackend backend = new CpuBackend(DType.FLOAT64, 2);
    Parameters parameters = TinyModels.bowlParameters(backend);
    List<RuntimeException> failures = new ArrayList<>();
    Trainer trainer = trainer(parameters, new InThirdStep(backend::close, failures));
    assertFails(ErrorKey.CLOSED, trainer::train, "closed while it was being trained", "step 3");
    assertEquals(1, failures.size());
    assertEquals(0, backend.bytes(), "freed with the trainer's lease");
    assertFails(ErrorKey.CLOSED, trainer::train, "closed");
    assertFails(ErrorKey.CLOSED, parameters::get, "closed");
  }
}
