package org.fjordflow.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The archives, unpacked where there is Java and a shell, but no Maven and no checkout. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "bin/fjord is a bash script")
final class DistributionIT {
  private static final String FOLDER = "fjord-" + System.getProperty("fjord.version");
  private static final String NAME = FOLDER + "-" + System.getProperty("fjord.natives");
  private static final Path ARCHIVES = Path.of(System.getProperty("fjord.archives"));

  /** What bin/fjord may call. */
  private static final List<String> TOOLS = List.of("bash", "dirname", "env", "grep", "readlink");

  @TempDir private Path folder;

  @Test
  void theCommandTrainsScoresAndSamples() throws Exception {
    unpack(NAME);
    assertTrue(fjord("--version").contains("fjord " + System.getProperty("fjord.version")));
    String said = fjord("train", "--data", "moons", "--steps", "5", "--out", "run");
    assertTrue(said.contains("test NLL"), said);
    assertTrue(Files.size(folder.resolve("run/density.png")) > 0);
    fjord("sample", "--model", "run", "--n", "50", "--out", "samples.csv");
    fjord("score", "--model", "run", "--data", "samples.csv", "--out", "scores.csv");
    try (Stream<String> lines = Files.lines(folder.resolve("scores.csv"))) {
      assertEquals(51, lines.count(), "a header and 50 scores");
    }
  }

  @Test
  void itIsCompletedByBash() throws Exception {
    unpack(NAME);
    Files.writeString(folder.resolve("completion.bash"), fjord("generate-completion"));
    String words =
        """
        source completion.bash
        COMP_WORDS=(fjord tr) COMP_CWORD=1 COMP_LINE='fjord tr' COMP_POINT=8
        _complete_fjord
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    String said = Shell.run(folder, Map.of(), List.of("bash", "-c", words)).succeeded();
    assertEquals(Set.of("train", "transform"), Set.copyOf(said.lines().toList()));
  }

  @Test
  void bothFormatsHoldTheSameAndNoNd4j() throws Exception {
    unpack(NAME);
    Set<String> unpacked = new TreeSet<>();
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder.resolve(FOLDER))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        unpacked.add(folder.relativize(file).toString());
        bytes += Files.size(file);
      }
    }
    assertEquals(unpacked, names(NAME));
    assertTrue(unpacked.contains(FOLDER + "/bin/fjord.bat"), unpacked.toString());
    assertEquals(
        List.of(), unpacked.stream().filter(name -> name.matches(".*(nd4j|slf4j).*")).toList());
    // Half of it is OpenBLAS, a third what reads Parquet.
    assertTrue(bytes < 55_000_000, bytes + " bytes");
  }

  @Test
  void theLargerArchiveAddsNd4jAlone() throws IOException {
    Set<String> added = names(NAME + "-nd4j");
    Set<String> plain = names(NAME);
    assertTrue(added.containsAll(plain), plain + " in " + added);
    added.removeAll(plain);
    for (String part : List.of("fjord-nd4j", "nd4j-native", "slf4j-nop")) {
      assertTrue(
          added.stream().anyMatch(name -> name.contains("/lib/" + part)), part + ": " + added);
    }
  }

  private static Set<String> names(String archive) throws IOException {
    Set<String> names = new TreeSet<>();
    try (ZipFile zip = new ZipFile(ARCHIVES.resolve(archive + ".zip").toFile())) {
      zip.stream().filter(entry -> !entry.isDirectory()).forEach(e -> names.add(e.getName()));
    }
    return names;
  }

  private void unpack(String name) throws IOException, InterruptedException {
    Path archive = ARCHIVES.resolve(name + ".tar.gz");
    Shell.run(folder, Map.of(), List.of("tar", "-xzf", archive.toString())).succeeded();
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : TOOLS) {
      String place =
          Shell.run(folder, Map.of(), List.of("bash", "-c", "type -P bash " + tool)).succeeded();
      List<String> lines = place.lines().toList();
      Path script = tools.resolve(tool);
      Files.writeString(script, "#!" + lines.get(0) + "\nexec " + lines.get(1) + " \"$@\"\n");
      assertTrue(script.toFile().setExecutable(true));
    }
  }

  private String fjord(String... arguments) throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "PATH",
            folder.resolve("tools").toString(),
            "JAVA_HOME",
            System.getProperty("java.home"));
    List<String> command =
        Stream.concat(
                Stream.of(folder.resolve(FOLDER + "/bin/fjord").toString()), Stream.of(arguments))
            .toList();
    return Shell.run(folder, environment, command).succeeded();
  }
}
