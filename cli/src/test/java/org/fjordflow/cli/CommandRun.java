package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * What a command line came to, run within the test's own process.
 *
 * @param status the exit status
 * @param out what was said on the output stream
 * @param err what was said on the error stream
 */
record CommandRun(int status, String out, String err) {

  /** Runs a command line. */
  static CommandRun of(Object... words) {
    return on(UnaryOperator.identity(), words);
  }

  /**
   * Runs a command line.
   *
   * @param files where the paths of options lie, such as a disk that is full
   */
  static CommandRun on(UnaryOperator<Path> files, Object... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] args = Stream.of(words).map(Object::toString).toArray(String[]::new);
    PrintStream said = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream wrong = new PrintStream(err, true, StandardCharsets.UTF_8);
    CommandLine fjord =
        Fjord.commandLine(new Console(said, wrong))
            .registerConverter(Path.class, text -> files.apply(Path.of(text)));
    int status = Fjord.execute(fjord, args, said, wrong);
    return new CommandRun(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command line that has to succeed. */
  static CommandRun done(Object... words) {
    CommandRun run = of(words);
    run.assertDone();
    return run;
  }

  /** Asserts success. */
  void assertDone() {
    assertEquals(ExitStatus.DONE, status, out + err);
  }

  /** Asserts a failure of one line that mentions what it has to. */
  void assertFailed(int expected, String... mentioned) {
    assertEquals(expected, status, out + err);
    List<String> lines = err.lines().filter(line -> line.startsWith("fjord: ")).toList();
    assertEquals(1, lines.size(), err);
    assertTrue(err.lines().noneMatch(line -> line.startsWith("\tat ")), err);
    for (String text : mentioned) {
      assertTrue(lines.get(0).contains(text), "'" + text + "' in: " + lines.get(0));
    }
  }

  /** Returns the names of the files in a folder, hidden ones included, sorted. */
  static List<String> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
