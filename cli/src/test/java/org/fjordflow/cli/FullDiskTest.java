package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.testing.Faults;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What commands other than {@code train} leave when the disk gets full at any byte, when any
 * operation on files fails, and when the process is killed in any: each file is the earlier one or
 * the new one. {@link RunFolderTest} has {@code train}.
 */
final class FullDiskTest {
  private static final String OLD = "what was there before\n";
  private static final int ROOMS = 12;

  @TempDir private static Path fixtures;

  @TempDir private Path folder;

  @BeforeAll
  static void train() throws IOException {
    SplittableRandom random = new SplittableRandom(5);
    double[][] rows = new double[120][];
    for (int i = 0; i < rows.length; i++) {
      double a = random.nextGaussian();
      rows[i] = new double[] {a, 2 + a + random.nextGaussian()};
    }
    Path data = fixtures.resolve("rows.csv");
    Tables.write(data, Table.of(List.of("a", "b"), rows));
    for (String kind : List.of("plain", "given")) {
      List<Object> words = new ArrayList<>(List.of("train", "--data", data, "--model", "maf"));
      words.addAll(List.of("--steps", 2, "--set", "flow.hidden=4", "--set", "flow.layers=1"));
      words.addAll(List.of("--no-pictures", "--no-report", "--out", fixtures.resolve(kind)));
      words.addAll(kind.equals("given") ? List.of("--target", "b") : List.of());
      CommandRun.done(words.toArray());
    }
    CommandRun.done(learning(fixtures.resolve("detector"), fixtures.resolve("unused.csv"), 3));
    for (int width : new int[] {3, 4}) {
      Path made = fixtures.resolve("ffjord" + width);
      CommandRun.done(
          "train",
          "--data",
          data,
          "--model",
          "ffjord",
          "--steps",
          1,
          "--no-pictures",
          "--no-report",
          "--set",
          "hidden=" + width,
          "--set",
          "standardize=false",
          "--out",
          made);
      Files.writeString(
          fixtures.resolve("ffjord" + width + ".json"),
          "{\"hidden\": [%d], \"layer\": \"concatsquash\", \"activation\": \"tanh\"}"
              .formatted(width));
    }
  }

  private static Object[] learning(Path save, Path out, int seed) {
    return new Object[] {
      "detect",
      "--train",
      fixtures.resolve("rows.csv"),
      "--data",
      fixtures.resolve("rows.csv"),
      "--rate",
      0.1,
      "--recipe",
      "maf",
      "--steps",
      2,
      "--seed",
      seed,
      "--save",
      save,
      "--overwrite",
      "--out",
      out
    };
  }

  /** The words of a command that writes into a folder, its outputs first. */
  private record Writing(List<String> outputs, Object... words) {}

  private static Writing writing(String name, Path out) {
    Path data = fixtures.resolve("rows.csv");
    Path plain = fixtures.resolve("plain");
    Path given = fixtures.resolve("given");
    String[] command = name.split(" ", -1);
    String file = command.length > 1 ? command[1] : "";
    Path to = out.resolve(file);
    return switch (command[0]) {
      case "score" ->
          new Writing(
              List.of(file),
              "score",
              "--model",
              plain,
              "--data",
              data,
              "--carry",
              "a",
              "--out",
              to);
      case "transform" ->
          new Writing(List.of(file), "transform", "--model", plain, "--data", data, "--out", to);
      case "sample" ->
          new Writing(List.of(file), "sample", "--model", plain, "--n", 4_000, "--out", to);
      case "predict" ->
          new Writing(
              List.of(file, "bands.png"),
              "predict",
              "--model",
              given,
              "--data",
              data,
              "--out",
              to,
              "--picture",
              out.resolve("bands.png"));
      case "detect" ->
          new Writing(
              List.of(file, "scores.png", "page.html"),
              "detect",
              "--model",
              fixtures.resolve("detector"),
              "--data",
              data,
              "--rate",
              0.1,
              "--out",
              to,
              "--picture",
              out.resolve("scores.png"),
              "--report",
              out.resolve("page.html"));
      case "report" -> new Writing(List.of(file), "report", plain, "--out", to);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static byte[] bytes(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  /** A folder in which every output has an earlier one. */
  private Path before(String name, Writing writing) throws IOException {
    Path out = Files.createDirectories(folder.resolve(name));
    for (String file : writing.outputs()) {
      Files.writeString(out.resolve(file), OLD);
    }
    return out;
  }

  /** Returns the number of outputs that are new; each is whole. */
  private static int requireWhole(Path out, Writing writing, Path whole) throws IOException {
    int renewed = 0;
    for (String file : writing.outputs()) {
      byte[] found = bytes(out.resolve(file));
      boolean isOld = Arrays.equals(OLD.getBytes(StandardCharsets.UTF_8), found);
      assertTrue(isOld || Arrays.equals(bytes(whole.resolve(file)), found), file + " is a part");
      renewed += isOld ? 0 : 1;
    }
    return renewed;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "score scores.csv",
        "score scores.csv.gz",
        "score scores.npy",
        "score scores.parquet",
        "transform points.csv",
        "sample samples.csv",
        "sample samples.csv.gz",
        "sample samples.npy",
        "sample samples.parquet",
        "predict predictions.csv",
        "detect flags.csv",
        "report page.html",
      })
  void filesAreTheEarlierOnesOrTheNewOnes(String command) throws IOException {
    Path whole = before("whole", writing(command, folder));
    Writing first = writing(command, whole);
    Faults none = Faults.none();
    CommandRun.on(none::on, first.words()).assertDone();
    assertEquals(first.outputs().size(), requireWhole(whole, first, whole));
    List<String> files = CommandRun.files(whole);
    long size = 0;
    for (String file : first.outputs()) {
      size += Files.size(whole.resolve(file));
    }
    Set<Integer> numbers = new TreeSet<>();
    for (int k = 0; k <= ROOMS; k++) {
      Path out = before("full" + k, first);
      Writing writing = writing(command, out);
      Faults disk = Faults.full(k < ROOMS ? size * k / ROOMS : 2 * size);
      CommandRun run = CommandRun.on(disk::on, writing.words());
      int renewed = requireWhole(out, writing, whole);
      numbers.add(renewed);
      assertEquals(renewed == writing.outputs().size(), run.status() == ExitStatus.DONE, run.err());
      if (run.status() != ExitStatus.DONE) {
        run.assertFailed(
            ExitStatus.FAILED,
            "cannot write " + out.resolve(writing.outputs().get(renewed)),
            "No space left on device; the earlier one is as it was",
            renewed == 0 ? "" : " in " + out.resolve(writing.outputs().get(0)));
      }
      assertEquals(files, CommandRun.files(out), "nothing unfinished stays");
    }
    assertTrue(numbers.contains(0) && numbers.contains(first.outputs().size()), numbers::toString);
    for (IntFunction<Faults> at : List.<IntFunction<Faults>>of(Faults::failing, Faults::killing)) {
      int operations = everyOperation(command, at, whole);
      assertEquals(none.operations().size(), operations);
    }
  }

  private int everyOperation(String command, IntFunction<Faults> at, Path whole)
      throws IOException {
    for (int k = 1; ; k++) {
      Faults faults = at.apply(k);
      Path out = before(faults.hashCode() + "at" + k, writing(command, folder));
      Writing writing = writing(command, out);
      boolean failed;
      try {
        failed = CommandRun.on(faults::on, writing.words()).status() != ExitStatus.DONE;
      } catch (Faults.Killed e) {
        failed = true;
      }
      assertTrue(failed == faults.isReached(), () -> "" + faults.operations());
      requireWhole(out, writing, whole);
      CommandRun.done(writing.words());
      assertEquals(writing.outputs().size(), requireWhole(out, writing, whole));
      assertEquals(CommandRun.files(whole), CommandRun.files(out), "what is left is removed");
      if (!faults.isReached()) {
        return k - 1;
      }
    }
  }

  private static Object[] importing(int width, Path out) {
    return new Object[] {
      "import",
      "--ffjord",
      fixtures.resolve("ffjord" + width).resolve("model.safetensors"),
      "--config",
      fixtures.resolve("ffjord" + width + ".json"),
      "--out",
      out
    };
  }

  private static double[] parameters(Path model) {
    try (FlowModel loaded = FlowModel.load(model)) {
      return loaded.parameters().get();
    }
  }

  @Test
  void anImportLeavesOneModel() throws IOException {
    double[][] models = new double[2][];
    for (int i = 0; i < models.length; i++) {
      Path made = folder.resolve("made" + i);
      CommandRun.done(importing(3 + i, made));
      models[i] = parameters(made);
    }
    for (IntFunction<Faults> at :
        List.<IntFunction<Faults>>of(
            Faults::failing, Faults::killing, step -> Faults.full(200L * (step - 1)))) {
      boolean isNew = false;
      for (int k = 1; !isNew || k < 15; k++) {
        Faults faults = at.apply(k);
        Path out = folder.resolve(faults.hashCode() + "import" + k);
        CommandRun.done(importing(3, out));
        int status = ExitStatus.FAILED;
        String said = "";
        try {
          CommandRun run = CommandRun.on(faults::on, importing(4, out));
          status = run.status();
          said = run.err();
        } catch (Faults.Killed e) {
          assertTrue(faults.isReached());
        }
        double[] found = parameters(out);
        isNew = Arrays.equals(models[1], found);
        assertTrue(isNew || Arrays.equals(models[0], found), "both after " + faults.operations());
        if (status != ExitStatus.DONE && !said.isEmpty() && !said.contains(".lock")) {
          assertEquals(isNew, said.contains("the model is saved"), said);
          assertEquals(!isNew, said.contains("the earlier model is as it was"), said);
        }
        CommandRun.done(importing(4, out));
        assertArrayEquals(models[1], parameters(out));
        assertEquals(List.of("config.json", "model.safetensors"), CommandRun.files(out));
      }
    }
  }

  private static double[] learned(Path detector) {
    try (AnomalyDetector loaded = AnomalyDetector.load(detector)) {
      return Stream.of(loaded.model().parameters().get(), loaded.calibration().scores())
          .flatMapToDouble(Arrays::stream)
          .toArray();
    }
  }

  /** Training may have taken long: rows are judged, and then it is told that it is not kept. */
  @Test
  void aDetectorThatCannotBeSavedLeavesTheEarlierOne() throws IOException {
    Path other = folder.resolve("other");
    CommandRun.done(learning(other, folder.resolve("flags.csv"), 4));
    double[] old = learned(fixtures.resolve("detector"));
    double[] next = learned(other);
    long size = 0;
    for (String file : CommandRun.files(other)) {
      size += Files.size(other.resolve(file));
    }
    Set<Boolean> outcomes = new TreeSet<>();
    for (int k = 0; k <= ROOMS; k++) {
      Path kept = Files.createDirectories(folder.resolve("kept" + k));
      for (String file : CommandRun.files(fixtures.resolve("detector"))) {
        Path from = fixtures.resolve("detector").resolve(file);
        Files.copy(from, kept.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
      }
      Path out = folder.resolve("flags" + k + ".csv");
      Faults disk = Faults.full(2 * size * k / ROOMS);
      CommandRun run =
          CommandRun.on(
              path -> path.startsWith(kept) ? disk.on(path) : path, learning(kept, out, 4));
      boolean isNew = run.status() == ExitStatus.DONE;
      outcomes.add(isNew);
      assertArrayEquals(isNew ? next : old, learned(kept));
      boolean began = !run.err().contains(".training.lock"); // else nothing was trained
      if (began) {
        assertEquals(-1, Files.mismatch(folder.resolve("flags.csv"), out));
      }
      if (!isNew) {
        String told = began ? "what was found is in " + out : "";
        run.assertFailed(ExitStatus.FAILED, "cannot write " + kept, told);
      }
      assertEquals(CommandRun.files(other), CommandRun.files(kept));
    }
    assertEquals(Set.of(true, false), outcomes);
  }

  /** Between model and calibration there is a moment, after which the pair is refused. */
  @Test
  void aKillWhileADetectorIsSavedLeavesNoneThatIsMixed() throws IOException {
    Path other = folder.resolve("other");
    CommandRun.done(learning(other, folder.resolve("flags.csv"), 4));
    double[] old = learned(fixtures.resolve("detector"));
    double[] next = learned(other);
    boolean isReached = true;
    for (int k = 1; isReached; k++) {
      Path kept = Files.createDirectories(folder.resolve("kept" + k));
      for (String file : CommandRun.files(fixtures.resolve("detector"))) {
        Files.copy(fixtures.resolve("detector").resolve(file), kept.resolve(file));
      }
      Faults faults = Faults.killing(k);
      Path out = folder.resolve("flags" + k + ".csv");
      try {
        CommandRun.on(
            path -> path.startsWith(kept) ? faults.on(path) : path, learning(kept, out, 4));
      } catch (Faults.Killed e) {
        assertTrue(faults.isReached());
      }
      isReached = faults.isReached();
      try {
        double[] found = learned(kept);
        assertTrue(Arrays.equals(old, found) || Arrays.equals(next, found), "both");
      } catch (FjordException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("of another model"), e.getMessage());
      }
      CommandRun.done(learning(kept, out, 4));
      assertArrayEquals(next, learned(kept));
      assertEquals(CommandRun.files(other), CommandRun.files(kept));
    }
  }

  /** The system's own errors, where it lets a process mount a file system of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"sample samples.csv", "sample samples.parquet"})
  void aSmallDiskThatGetsFull(String command) throws Exception {
    Path disk = Files.createDirectories(folder.resolve("disk"));
    String mount = "mount -t tmpfs -o size=64k small " + disk;
    assumeTrue(
        isDone(new ProcessBuilder("unshare", "-rm", "sh", "-c", mount)),
        "no process may mount a file system of its own here");
    Writing writing = writing(command, disk);
    String file = writing.outputs().get(0);
    String java =
        Stream.concat(KilledRunTest.java(List.of()).stream(), Stream.of(writing.words()))
            .map(Object::toString)
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    String script =
        String.join(
            "; ",
            mount + " || exit 9",
            "cd " + disk,
            "printf earlier > " + file,
            java,
            "echo status $?",
            "cat " + file,
            "echo",
            "ls -A");
    Process process =
        new ProcessBuilder("unshare", "-rm", "sh", "-c", script).redirectErrorStream(true).start();
    List<String> said;
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      said = reader.lines().toList();
    }
    assertEquals(
        List.of(
            "fjord: cannot write "
                + disk.resolve(file)
                + ": No space left on device; the earlier one is as it was",
            "status " + ExitStatus.FAILED,
            "earlier",
            file),
        said);
  }

  private static boolean isDone(ProcessBuilder process) throws InterruptedException {
    try {
      return process.redirectErrorStream(true).redirectOutput(Redirect.DISCARD).start().waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
