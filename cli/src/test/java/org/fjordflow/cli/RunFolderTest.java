package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.testing.Faults;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingObjective.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the folder of a run, whatever happens at its end, and who may write into it. */
final class RunFolderTest {
  private static final int STEPS = 4;

  private static final double[][] PROBES = {{0, 5}, {1, 7}};

  @TempDir private Path folder;

  private static double[][] rows(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[60][];
    for (int i = 0; i < rows.length; i++) {
      double a = random.nextGaussian();
      rows[i] = new double[] {a, 5 + 2 * a + random.nextGaussian()};
    }
    return rows;
  }

  private Path data(int seed) {
    Path file = folder.resolve("rows" + seed + ".csv");
    Tables.write(file, Table.of(List.of("a", "b"), rows(seed)));
    return file;
  }

  /** One run of a small flow; what it says on the way is returned. */
  private static String run(Path out, Path data, long seed, boolean resume) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    DataSource source =
        DataSource.of(
            data.toString(),
            location -> TableOptions.standard().plan(Tables.read(Path.of(location))));
    TrainerConfig training =
        TrainerConfig.of(STEPS, 8, seed).withOptimizer(Adam.of(1e-2)).withValidation(2, 9);
    RunConfig config =
        new RunConfig(
            DataConfig.standard(true),
            Recipe.PLANAR.spec(2, 0),
            training,
            TrainingObjective.of(Kind.LIKELIHOOD));
    RunFolder folder = new RunFolder(out);
    FolderLock lock = folder.lock();
    try {
      int status =
          new TrainingRun(new Console(stream, stream), folder, source, config, 1, Clock.systemUTC())
              .execute(
                  null,
                  resume,
                  new TrainingRun.Drawings(false, false),
                  new Continuation(List.of(), training),
                  lock);
      assertEquals(ExitStatus.DONE, status);
    } finally {
      lock.close();
    }
    return said.toString(StandardCharsets.UTF_8);
  }

  private static double[] scores(Path model) {
    try (FlowModel loaded = FlowModel.load(model)) {
      return loaded.logProb(PROBES);
    }
  }

  /** What does not depend on the time. */
  private static ObjectNode result(Path model) {
    ObjectNode result = (ObjectNode) ModelFolder.describe(model).path("result");
    assertTrue(result.remove("seconds") != null);
    return result;
  }

  /**
   * Replaces one run by another, and lets every operation on files fail, or be the last one: the
   * folder holds the first model or the second one, and a resumption then ends as if nothing had
   * happened.
   */
  private void everyMomentIsWhole(IntFunction<Faults> at) throws IOException {
    Path first = data(1);
    Path second = data(2);
    Path whole = folder.resolve("whole");
    run(folder.resolve("before"), first, 1, false);
    run(whole, second, 2, false);
    double[] old = scores(folder.resolve("before"));
    double[] next = scores(whole);
    Set<Boolean> outcomes = new TreeSet<>();
    int operations = 0;
    while (true) {
      operations++;
      Path out = folder.resolve("out" + operations);
      run(out, first, 1, false);
      Faults faults = at.apply(operations);
      String message = "";
      try {
        run(faults.on(out), second, 2, false);
      } catch (FjordException | Faults.Killed e) {
        message = String.valueOf(e.getMessage());
      }
      if (!faults.isReached()) {
        break;
      }
      double[] found = scores(out);
      boolean isNew = Arrays.equals(next, found);
      outcomes.add(isNew);
      assertTrue(isNew || Arrays.equals(old, found), "both after " + faults.operations());
      if (message.contains("the model is saved")) {
        assertTrue(isNew, message);
      }
      goOn(out, second);
      assertArrayEquals(next, scores(out), () -> "resumed after " + faults.operations());
      assertEquals(result(whole), result(out));
      assertEquals(
          List.of("checkpoint.safetensors", "config.json", "metrics.csv", "model.safetensors"),
          CommandRun.files(out));
    }
    assertEquals(Set.of(true, false), outcomes);
    assertTrue(operations > 20, operations + " operations");
  }

  /** As people do: goes on, or begins anew where there is nothing yet to go on with. */
  private static void goOn(Path out, Path data) {
    boolean resumes = Files.exists(out.resolve("checkpoint.safetensors"));
    try {
      run(out, data, 2, resumes);
    } catch (FjordException e) {
      String said = String.valueOf(e.getMessage());
      assertTrue(resumes && said.contains("is of other data"), said);
      run(out, data, 2, false);
    }
  }

  @Test
  void aKillAtAnyOperationOfARunLeavesOneModelAndIsGoneOnWith() throws IOException {
    everyMomentIsWhole(Faults::killing);
  }

  @Test
  void aFailureAtAnyOperationOfARunLeavesOneModelAndIsGoneOnWith() throws IOException {
    everyMomentIsWhole(Faults::failing);
  }

  /**
   * The disk gets full at any byte: what is there stays, and messages name file and what is kept.
   */
  @Test
  void aFullDiskLeavesOneModelAndSaysWhatIsKept() throws IOException {
    Path first = data(1);
    Path second = data(2);
    Path whole = folder.resolve("whole");
    run(folder.resolve("before"), first, 1, false);
    run(whole, second, 2, false);
    double[] old = scores(folder.resolve("before"));
    double[] next = scores(whole);
    Set<String> kept = new TreeSet<>();
    for (long room = 0; ; room += 500) {
      Path out = folder.resolve("out" + room);
      run(out, first, 1, false);
      String message;
      String said = "";
      try {
        said = run(Faults.full(room).on(out), second, 2, false);
        message = "";
      } catch (FjordException e) {
        message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("cannot write " + out), message);
        assertTrue(message.contains("No space left on device"), message);
      }
      double[] found = scores(out);
      boolean isNew = Arrays.equals(next, found);
      assertTrue(isNew || Arrays.equals(old, found), "both with room for " + room);
      boolean told = message.contains("the model is saved") || message.isEmpty();
      assertEquals(isNew, told, message);
      kept.add(
          message
              .replaceFirst(".*device(; )?(the earlier one is as it was; )?", "")
              .replace(out.toString(), "OUT"));
      if (message.isEmpty() && !said.contains("No space left")) {
        break;
      }
    }
    assertTrue(
        kept.contains("nothing of this run could be written; an earlier model is as it was"),
        kept::toString);
    assertTrue(
        kept.contains("the model is saved, but not how it does on test rows; --resume adds that"),
        kept::toString);
  }

  @Test
  void theFolderOfARunIsLocked() {
    Path data = data(1);
    Path out = folder.resolve("run");
    Object[] words = {"train", "--data", data, "--out", out, "--model", "planar", "--steps", 2};
    FolderLock lock = new RunFolder(out).lock();
    try {
      CommandRun.of(words)
          .assertFailed(
              ExitStatus.WRONG_INPUT,
              out + " is being trained into by process " + ProcessHandle.current().pid());
    } finally {
      lock.close();
    }
    CommandRun run = CommandRun.of(words);
    assertEquals(ExitStatus.DONE, run.status(), run.err());
  }

  @Test
  void whatKilledRunsLeftIsRemoved() throws IOException {
    Path out = Files.createDirectories(folder.resolve("run"));
    for (String left :
        List.of(
            ".training.lock",
            ".saving.lock",
            ".metrics.csv.0.part",
            ".metrics.csv.7.part",
            ".model.safetensors.next",
            ".model.safetensors.next.0.part")) {
      Files.writeString(out.resolve(left), "half");
    }
    run(out, data(1), 1, false);
    assertEquals(
        List.of("checkpoint.safetensors", "config.json", "metrics.csv", "model.safetensors"),
        CommandRun.files(out));
  }

  @Test
  void outputsThatAreInputsAreRefused() throws IOException {
    Path data = data(1);
    Path out = folder.resolve("run");
    run(out, data, 1, false);
    String before = Files.readString(data);
    Path link = Files.createSymbolicLink(folder.resolve("link.csv"), data);
    Path hard = Files.createLink(folder.resolve("hard.csv"), data);
    for (String command : List.of("score", "transform")) {
      for (Path target : List.of(data, link, hard, out.resolve("model.safetensors"))) {
        CommandRun.of(command, "--model", out, "--data", data, "--out", target)
            .assertFailed(ExitStatus.WRONG_INPUT, target + " would be written over");
      }
    }
    CommandRun.of("sample", "--model", out, "--n", 3, "--out", out.resolve("config.json"))
        .assertFailed(ExitStatus.WRONG_INPUT, "would be written over itself");
    Path metrics = out.resolve("metrics.csv");
    CommandRun.of("train", "--data", metrics, "--out", out, "--overwrite", "--missing", "drop-rows")
        .assertFailed(ExitStatus.WRONG_INPUT, metrics + " would be written over itself");
    CommandRun.of(
            "import",
            "--ffjord",
            out.resolve("model.safetensors"),
            "--config",
            out.resolve("config.json"),
            "--out",
            out)
        .assertFailed(ExitStatus.WRONG_INPUT, "would be written over itself");
    assertEquals(before, Files.readString(data));
    assertEquals(scores(out).length, 2);
  }

  /** Each differs in one thing from the run that is gone on with. */
  @Test
  void otherRunsAreNotGoneOnWith() {
    Path data = data(1);
    double[][] turned = rows(1);
    Collections.reverse(Arrays.asList(turned));
    Path other = folder.resolve("turned.csv");
    Tables.write(other, Table.of(List.of("a", "b"), turned));
    Object[] words = {"--out", folder.resolve("run"), "--no-pictures", "--steps", 4};
    assertEquals(ExitStatus.DONE, resumed(words, "--data", data, "--model", "planar").status());
    String[][] others = {
      {"the rows are the same but in another order", other.toString(), "planar"},
      {"is of another model: model.flow.0", data.toString(), "radial"},
      {"model.flow.0.layers was 16, now 8", data.toString(), "planar", "--set", "flow.layers=8"},
      {"model.dtype was \"float32\"", data.toString(), "planar", "--set", "dtype=float64"},
      {"its seed was 0, now 1", data.toString(), "planar", "--seed", "1"},
      {"training.batchSize was 256, now 9", data.toString(), "planar", "--set", "batchSize=9"},
      {"training.optimizer was", data.toString(), "planar", "--set", "learningRate=0.2"},
      {"data.noise was 0, now 0.1", data.toString(), "planar", "--smooth", "0.1"},
      {"data.standardize was true", data.toString(), "planar", "--set", "standardize=false"},
    };
    for (String[] wrong : others) {
      List<Object> more = new ArrayList<>(List.of("--resume", "--data", wrong[1]));
      more.addAll(List.of("--model", wrong[2]));
      more.addAll(Arrays.asList(wrong).subList(3, wrong.length));
      resumed(words, more.toArray()).assertFailed(ExitStatus.WRONG_INPUT, wrong[0]);
    }
    CommandRun more =
        resumed(
            new Object[] {"--out", folder.resolve("run"), "--no-pictures", "--steps", 6},
            "--resume",
            "--data",
            data,
            "--model",
            "planar",
            "--threads",
            1,
            "--time",
            "5m");
    assertEquals(ExitStatus.DONE, more.status(), more.err());
    assertFalse(more.out().contains("nothing to train"), more.out());
  }

  private static CommandRun resumed(Object[] words, Object... more) {
    return CommandRun.of(
        Stream.of(Stream.of((Object) "train"), Stream.of(words), Stream.of(more))
            .flatMap(all -> all)
            .toArray());
  }
}
