package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine.MissingParameterException;

/** Every line of the documents' blocks that calls the command is one that it understands. */
final class DocumentedCommandsTest {
  private static final Path ROOT = Path.of("..");

  /** A line of a block; what follows a {@code #} is no part of it. */
  private static final Pattern COMMAND =
      Pattern.compile("(?m)^ *(?:\\S*/)?fjord +([a-z-]+[^#\\n]*)");

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w*\\n(.*?)^```");

  @TestFactory
  Stream<DynamicTest> everyCommandOfTheDocumentsIsUnderstood() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      Matcher block = BLOCK.matcher(Files.readString(document));
      while (block.find()) {
        Matcher command = COMMAND.matcher(block.group(1).replace("\\\n", " "));
        while (command.find()) {
          String line = command.group(1).strip();
          tests.add(
              DynamicTest.dynamicTest(document.getFileName() + ": " + line, () -> parse(line)));
        }
      }
    }
    assertTrue(tests.size() >= 20, "the documents hold commands: " + tests.size());
    return tests.stream();
  }

  private static void parse(String line) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    boolean cut = line.endsWith("..."); // the rest as in the line before
    String[] words =
        Arrays.stream(line.replaceAll("\\.\\.\\.$|\\|.*", "").strip().split("\\s+"))
            .map(word -> word.replaceAll("^['\"]|['\"]$", ""))
            .toArray(String[]::new);
    try {
      Fjord.commandLine(new Console(nowhere, nowhere)).parseArgs(words);
    } catch (MissingParameterException e) {
      if (!cut) {
        throw e;
      }
    }
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    for (Path folder : List.of(ROOT, ROOT.resolve("docs"))) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
      }
    }
    return documents;
  }
}
