package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Processes that are killed, and go on as if they never were. {@code bench/kills} does so 50 times
 * at random moments.
 */
final class KilledRunTest {

  @TempDir private Path folder;

  private Path data() {
    SplittableRandom random = new SplittableRandom(1);
    double[][] rows = new double[300][];
    for (int i = 0; i < rows.length; i++) {
      double a = random.nextGaussian();
      rows[i] = new double[] {a, a + random.nextGaussian()};
    }
    Path file = folder.resolve("rows.csv");
    Tables.write(file, Table.of(List.of("a", "b"), rows));
    return file;
  }

  /**
   * The words that begin the command as a process of its own.
   *
   * @param flags of Java
   */
  static List<String> java(List<String> flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    return command;
  }

  private static Process start(Path in, List<String> flags, List<Object> words) throws IOException {
    List<String> command = java(flags);
    words.forEach(word -> command.add(word.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).directory(in.toFile());
    builder.environment().put("LC_ALL", flags.contains("-Xmx60m") ? "C" : "C.UTF-8");
    return builder.redirectErrorStream(true).start();
  }

  private static ObjectNode result(Path run) {
    ObjectNode result = (ObjectNode) ModelFolder.describe(run).path("result");
    assertTrue(result.remove("seconds") != null);
    return result;
  }

  private static List<String> metrics(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .map(line -> line.replaceFirst(",[^,]*,([^,]*)$", ",$1"))
        .toList();
  }

  /** With little memory, batch normalisation and rollbacks, and a flow that is solved. */
  @ParameterizedTest
  @CsvSource({
    "maf, 350, --set flow.batchNormalized=true --set flow.layers=2 --set learningRate=100 --set rollback.limit=99",
    "ffjord, 230, --set hidden=4"
  })
  void aKilledRunGoesOnToTheSameBits(String model, int steps, String more) throws Exception {
    List<Object> words = new ArrayList<>(List.of("train", "--data", data(), "--model", model));
    words.addAll(List.of("--steps", steps, "--no-pictures", "--set", "batchSize=32"));
    words.addAll(
        List.of("--set", "validationInterval=50", "--set", "patience=0", "--time", "none"));
    words.addAll(Arrays.asList((Object[]) more.split(" ")));
    Path killed = folder.resolve("killed");
    List<Object> once = with(words, "--out", killed);
    Process process = start(folder, List.of("-Xmx60m"), once);
    StringBuilder said = new StringBuilder();
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      String line = reader.readLine();
      while (line != null && !Files.exists(killed.resolve("checkpoint.safetensors"))) {
        said.append(line).append('\n');
        line = reader.readLine();
      }
      process.destroyForcibly().waitFor();
    }
    assertTrue(Files.exists(killed.resolve("checkpoint.safetensors")), said::toString);
    CommandRun resumed = CommandRun.of(with(once, "--resume").toArray());
    assertEquals(ExitStatus.DONE, resumed.status(), resumed.err());
    Path whole = folder.resolve("whole");
    CommandRun run = CommandRun.of(with(words, "--out", whole).toArray());
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertEquals(
        -1,
        Files.mismatch(whole.resolve("model.safetensors"), killed.resolve("model.safetensors")));
    assertEquals(metrics(whole), metrics(killed));
    assertEquals(result(whole), result(killed));
    assertEquals(CommandRun.files(whole), CommandRun.files(killed));
    assertTrue(!model.equals("maf") || result(whole).path("rollbacks").asInt() > 0);
  }

  private static List<Object> with(List<Object> words, Object... more) {
    return Stream.concat(words.stream(), Stream.of(more)).toList();
  }

  @Test
  void aPathThatTheLocaleCannotNameIsOneLine() throws Exception {
    assumeTrue(
        System.getProperty("sun.jnu.encoding", "").equals("UTF-8")
            && System.getProperty("os.name").equals("Linux"),
        "this test's own locale has to name the path, and another one must not");
    Process process =
        start(
            folder,
            List.of("-Xmx60m"),
            List.of("sample", "--model", "größe", "--n", "1", "--out", "x"));
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = reader.lines().toList();
      assertEquals(1, lines.size(), lines::toString);
      assertTrue(
          lines.get(0).contains("is no path in this locale") && lines.get(0).contains("C.UTF-8"),
          lines::toString);
    }
    assertEquals(ExitStatus.WRONG_INPUT, process.waitFor());
  }
}
