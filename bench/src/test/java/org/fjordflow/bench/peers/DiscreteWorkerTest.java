package org.fjordflow.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.model.internal.JsonConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiscreteWorkerTest {

  @TempDir Path folder;

  private ObjectNode load(String flow) {
    ObjectNode request = JsonConfig.object().put("do", "load").put("folder", folder.toString());
    request.set(
        "setting",
        JsonConfig.object().put("flow", flow).put("layers", 2).put("hidden", 8).put("seed", 3));
    return request;
  }

  @ParameterizedTest
  @ValueSource(strings = {"maf", "nsf-autoregressive", "nsf-coupling", "realnvp"})
  void flowsAreTimedAndTrained(String flow) {
    DiscreteWorker.export(SplitData.MOONS, folder, folder);
    try (DiscreteWorker worker = new DiscreteWorker()) {
      JsonNode loaded = worker.answer(load(flow));
      assertEquals(2, loaded.path("columns").asInt());
      assertTrue(loaded.path("parameters").asInt() > 100);
      JsonNode stepped =
          worker.answer(JsonConfig.object().put("do", "step").put("batch", 300).put("times", 4));
      assertEquals(4, stepped.path("seconds").size());
      for (JsonNode seconds : stepped.path("seconds")) {
        assertTrue(seconds.asDouble() > 0);
      }
      assertTrue(Double.isFinite(stepped.path("loss").asDouble()));
      JsonNode before = worker.answer(fit(1));
      JsonNode after = worker.answer(fit(100));
      assertTrue(
          after.path("test").asDouble() > before.path("test").asDouble() + 0.05,
          before + ", then " + after);
      assertEquals(after.path("train").asDouble(), after.path("test").asDouble(), 0.2);
    }
  }

  private static ObjectNode fit(int steps) {
    return JsonConfig.object()
        .put("do", "fit")
        .put("steps", steps)
        .put("batch", 100)
        .put("rate", 0.005)
        .put("clip", 5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"moons", "pinwheel", "mixture"})
  void dataAreStandardised(String id) {
    DiscreteWorker.export(SplitData.of(id), folder, folder);
    SafetensorsFile data = SafetensorsFile.read(folder.resolve("data.safetensors"));
    Moments train = Moments.of(data.tensor("train").toRows());
    Moments test = Moments.of(data.tensor("test").toRows());
    for (int j = 0; j < train.mean().length; j++) {
      assertEquals(0, train.mean()[j], 1e-5);
      assertEquals(1, train.standardDeviation()[j], 1e-4);
      assertEquals(0, test.mean()[j], 0.1);
    }
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThrows(FjordException.class, () -> SplitData.of("nothing"));
    assertThrows(FjordException.class, () -> SplitData.PATCHES.rows(folder));
    assertThrows(FjordException.class, () -> SplitData.DIGITS.rows(folder));
    DiscreteWorker.export(SplitData.MOONS, folder, folder);
    try (DiscreteWorker worker = new DiscreteWorker()) {
      ObjectNode step = JsonConfig.object().put("do", "step").put("batch", 10);
      assertThrows(IllegalStateException.class, () -> worker.answer(step));
      assertThrows(FjordException.class, () -> worker.answer(load("nothing")));
      assertThrows(
          IllegalArgumentException.class, () -> worker.answer(JsonConfig.object().put("do", "x")));
    }
  }
}
