package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.testing.Faults;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder holds one model or another at any moment, whatever happens. */
class FolderTransactionTest {
  private static final double[][] ROWS = {{-2, 1}, {0.5, 70}, {3, -3}};

  @TempDir Path temporary;

  /** Two models that differ in both files: weights, and the units of the data. */
  private final FlowModel before = model(1, -2.7);

  private final FlowModel after = model(2, 45);

  private static FlowModel model(long seed, double mean) {
    Moments moments = new Moments(new double[] {mean, 1}, new double[] {1 + seed, 2});
    return FlowModel.create(Recipe.NSF.spec(2, 0).withMoments(moments, null), seed);
  }

  @AfterEach
  void close() {
    before.close();
    after.close();
  }

  private static double[] scores(Path folder) {
    try (FlowModel loaded = FlowModel.load(folder)) {
      return loaded.logProb(ROWS);
    }
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** A folder of the earlier model; without hash as earlier versions wrote it. */
  private Path earlier(String name, boolean hash) throws IOException {
    Path folder = temporary.resolve(name);
    before.save(folder);
    if (!hash) {
      Path config = folder.resolve(ModelFolder.CONFIG);
      ObjectNode content = ModelFolder.describe(folder);
      content.remove(ModelFolder.WEIGHTS);
      Files.writeString(config, JsonConfig.text(content));
    }
    return folder;
  }

  private void everyMomentIsWhole(boolean hash, IntFunction<Faults> at) throws IOException {
    double[] old = before.logProb(ROWS);
    double[] next = after.logProb(ROWS);
    List<Boolean> outcomes = new ArrayList<>();
    for (int operation = 1; ; operation++) {
      Path folder = earlier("folder" + operation, hash);
      Faults faults = at.apply(operation);
      Throwable thrown = null;
      try {
        after.save(faults.on(folder));
      } catch (FjordException | Faults.Killed e) {
        thrown = e;
      }
      if (!faults.isReached()) {
        assertEquals(List.of("config.json", "model.safetensors"), files(folder));
        break;
      }
      double[] found = scores(folder);
      boolean isNew = Arrays.equals(next, found);
      outcomes.add(isNew);
      assertTrue(isNew || Arrays.equals(old, found), "both after " + faults.operations());
      if (thrown == null) {
        assertTrue(isNew, "said to be saved after " + faults.operations());
      } else if (thrown instanceof FjordException) {
        String said = String.valueOf(thrown.getMessage());
        assertEquals(isNew, said.contains("the model is saved"), said);
      }
      after.save(folder);
      assertArrayEquals(next, scores(folder));
      assertEquals(List.of("config.json", "model.safetensors"), files(folder));
    }
    assertTrue(outcomes.size() >= 8, "operations: " + outcomes);
    assertTrue(outcomes.contains(true) && outcomes.contains(false));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aKillAtAnyWriteOrRenameLeavesOneModel(boolean hash) throws IOException {
    everyMomentIsWhole(hash, Faults::killing);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFailureAtAnyWriteOrRenameLeavesOneModel(boolean hash) throws IOException {
    everyMomentIsWhole(hash, Faults::failing);
  }

  @Test
  void aFullDiskLeavesTheEarlierModel() throws IOException {
    double[] old = before.logProb(ROWS);
    Path folder = earlier("folder", true);
    long all = Files.size(folder.resolve(ModelFolder.PARAMETERS));
    for (long room : new long[] {0, 100, all / 2, all - 1, all + 50}) {
      assertFails(
          ErrorKey.FILE_UNWRITABLE,
          () -> after.save(Faults.full(room).on(folder)),
          folder.toString(),
          "No space left on device");
      assertArrayEquals(old, scores(folder));
      assertEquals(List.of("config.json", "model.safetensors"), files(folder));
    }
  }

  @Test
  void aKilledFirstSaveLeavesNoModel() throws IOException {
    for (int operation = 1; ; operation++) {
      Path folder = Files.createDirectory(temporary.resolve("first" + operation));
      Faults faults = Faults.killing(operation);
      try {
        after.save(faults.on(folder));
      } catch (Faults.Killed e) {
        // as it should be
      }
      if (!faults.isReached()) {
        break;
      }
      if (Files.exists(folder.resolve(ModelFolder.CONFIG))) {
        assertArrayEquals(after.logProb(ROWS), scores(folder));
      } else {
        assertFails(ErrorKey.FILE_MISSING, () -> scores(folder), folder.toString());
      }
    }
  }

  @Test
  void readersSeeOneModelWhileItIsReplaced() throws Exception {
    Path folder = earlier("folder", true);
    double[] old = before.logProb(ROWS);
    double[] next = after.logProb(ROWS);
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<Integer> reader =
          executor.submit(
              () -> {
                int read = 0;
                while (!done.get() || read == 0) {
                  double[] found = scores(folder);
                  assertTrue(Arrays.equals(old, found) || Arrays.equals(next, found));
                  read++;
                }
                return read;
              });
      for (int i = 0; i < 100; i++) {
        (i % 2 == 0 ? after : before).save(folder);
      }
      done.set(true);
      assertTrue(reader.get() > 0);
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void everyFlippedBitOfTheWeightsIsFound() throws IOException {
    FlowModel small = FlowModel.create(Recipe.PLANAR.spec(2, 0), 1);
    Path folder = temporary.resolve("small");
    small.save(folder);
    small.close();
    Path file = folder.resolve(ModelFolder.PARAMETERS);
    byte[] sound = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * sound.length; bit++) {
      byte[] bytes = sound.clone();
      bytes[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, bytes);
      int flipped = bit;
      FjordException found =
          assertThrows(
              FjordException.class, () -> ModelFolder.read(folder), () -> "bit " + flipped);
      String said = String.valueOf(found.getMessage());
      assertTrue(said.contains(file.toString()), said);
    }
    Files.write(file, sound);
    FlowModel.load(folder).close();
  }

  @Test
  void otherWeightsAreNamed() throws IOException {
    Path folder = earlier("one", true);
    after.save(temporary.resolve("other"));
    Files.copy(
        temporary.resolve("other").resolve(ModelFolder.PARAMETERS),
        folder.resolve(ModelFolder.PARAMETERS),
        StandardCopyOption.REPLACE_EXISTING);
    assertFails(
        ErrorKey.FILE_DAMAGED, () -> scores(folder), "model.safetensors", "SHA-256", "replaced");
  }

  @Test
  void aSecondWriterIsTold() throws IOException {
    Path folder = earlier("folder", true);
    FolderLock lock = FolderLock.of(folder.resolve(".saving.lock"), "written");
    try {
      assertFails(
          ErrorKey.CONCURRENT_USE,
          () -> after.save(folder),
          folder.toString(),
          "process " + ProcessHandle.current().pid());
    } finally {
      lock.close();
    }
    after.save(folder);
    assertArrayEquals(after.logProb(ROWS), scores(folder));
  }
}
