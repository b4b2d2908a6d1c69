package org.fjordflow.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code bin/launch.sh} takes for a build that can be started, in a made-up checkout. {@code
 * bin/check-launcher} runs Maven itself.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a bash script")
final class LauncherTest {
  private static final Instant SOURCES = Instant.parse("2026-01-01T10:00:00Z");
  private static final Instant BUILD = SOURCES.plusSeconds(60);

  @TempDir private Path root;

  private Path classPath;
  private Path source;

  /** A checkout as Maven leaves it: it does not name the module's own jar in the file. */
  @BeforeEach
  void build() throws IOException {
    file("pom.xml", "", SOURCES);
    file("cli/pom.xml", "", SOURCES);
    source = file("cli/src/main/java/Main.java", "", SOURCES);
    for (String folder : List.of("cli/src/main/java", "cli/src/main")) {
      Files.setLastModifiedTime(root.resolve(folder), FileTime.from(SOURCES));
    }
    Path core = file("core/target/quick/fjord-core-0.1.0-SNAPSHOT.jar", "", BUILD);
    file("cli/target/quick/fjord-cli-0.1.0-SNAPSHOT.jar", "", BUILD);
    file("cli/target/quick/fjord-cli-0.1.0-SNAPSHOT-sources.jar", "", BUILD.plusSeconds(5));
    classPath = file("cli/target/quick/classpath.txt", core.toString(), BUILD);
  }

  @Test
  void whatMavenBuiltIsStartedWithTheModulesOwnJar() throws Exception {
    assertEquals("current", state());
    assertEquals(
        root.resolve("core/target/quick/fjord-core-0.1.0-SNAPSHOT.jar")
            + ":"
            + root.resolve("cli/target/quick/fjord-cli-0.1.0-SNAPSHOT.jar"),
        launch("class_path cli " + classPath));
  }

  @Test
  void ofSeveralVersionsTheNewestIsTaken() throws Exception {
    Path newer = file("cli/target/quick/fjord-cli-0.0.9.jar", "", BUILD.plusSeconds(1));
    assertEquals(newer.toString(), launch("own_jar cli"));
  }

  @Test
  void changedSourcesAreBuilt() throws Exception {
    Files.setLastModifiedTime(source, FileTime.from(BUILD.plusSeconds(1)));
    assertEquals("to build", state());
  }

  @Test
  void aMissingJarIsBuilt() throws Exception {
    Files.delete(root.resolve("cli/target/quick/fjord-cli-0.1.0-SNAPSHOT.jar"));
    assertEquals("to build", state());
  }

  @Test
  void aMissingJarOfAnotherModuleIsBuilt() throws Exception {
    Files.delete(root.resolve("core/target/quick/fjord-core-0.1.0-SNAPSHOT.jar"));
    assertEquals("to build", state());
  }

  @Test
  void aClassPathOfInstalledModulesIsBuiltAnew() throws Exception {
    Path installed =
        file("m2/org/fjordflow/fjord-core/0.1.0-SNAPSHOT/fjord-core-0.1.0-SNAPSHOT.jar", "", BUILD);
    file("cli/target/quick/classpath.txt", installed.toString(), BUILD);
    assertEquals("to build", state());
  }

  @Test
  void nothingBuiltIsBuilt() throws Exception {
    Files.delete(classPath);
    assertEquals("to build", state());
  }

  /** Java that says what it is started with. */
  private Map<String, String> java() throws IOException {
    Path java = file("java/bin/java", "#!/bin/sh\necho \"in $LC_ALL: $*\"\n", BUILD);
    assertTrue(java.toFile().setExecutable(true));
    file("java/release", "JAVA_VERSION=\"17.0.1\"\n", BUILD);
    return Map.of("JAVA_HOME", root.resolve("java").toString());
  }

  private String program(String line) throws IOException {
    copyScripts();
    return "set -euo pipefail; root='" + root + "'; source \"$root/bin/launch.sh\"; " + line;
  }

  @Test
  void inTheLocaleOfCNamesAreUtf8() throws Exception {
    for (String locale : List.of("C", "POSIX", "")) {
      Map<String, String> environment = new HashMap<>(java());
      environment.put("LC_ALL", locale);
      environment.put("LC_CTYPE", "");
      environment.put("LANG", "");
      String said =
          Shell.run(
                  root,
                  environment,
                  List.of("bash", "-c", program("launch cli org.fjordflow.cli.Main größe")))
              .succeeded();
      assertTrue(said.startsWith("in C.UTF-8: ") && said.strip().endsWith("größe"), said);
    }
  }

  @Test
  void withoutAFolderForTemporaryFilesItIsStarted() throws Exception {
    Map<String, String> environment = new HashMap<>(java());
    environment.put("TMPDIR", root.resolve("nosuch").toString());
    String line = "archived_run=(--version); launch cli org.fjordflow.cli.Main info";
    String said = Shell.run(root, environment, List.of("bash", "-c", program(line))).succeeded();
    assertTrue(said.strip().endsWith("org.fjordflow.cli.Main info"), said);
  }

  /** Mounted so, where a process may: for root files are never read-only by their permissions. */
  @Test
  void aCheckoutThatCannotBeWrittenIsStartedOrToldInOneLine() throws Exception {
    Map<String, String> environment = java();
    String start = program("archived_run=(--version); launch cli org.fjordflow.cli.Main info");
    String mount =
        "mount --bind '" + root + "' '" + root + "' && mount -o remount,ro,bind '" + root + "'";
    assumeTrue(
        Shell.run(root, environment, List.of("unshare", "-rm", "bash", "-c", mount)).status() == 0,
        "no process may mount a file system of its own here");
    List<String> command = List.of("unshare", "-rm", "bash", "-c", mount + "; " + start);
    String said = Shell.run(root, environment, command).succeeded();
    assertTrue(said.strip().endsWith("org.fjordflow.cli.Main info"), said);
    Files.delete(classPath);
    Shell.Result refused = Shell.run(root, environment, command);
    assertEquals(1, refused.status());
    assertEquals(
        "fjord: it has to be built, and %s/target cannot be written; build it where it can"
            .formatted(root),
        refused.said().strip());
  }

  private String state() throws Exception {
    return launch(
        "if is_current cli " + classPath + "; then echo current; else echo 'to build'; fi");
  }

  private String launch(String line) throws Exception {
    return Shell.run(root, Map.of(), List.of("bash", "-c", program(line))).succeeded().strip();
  }

  private void copyScripts() throws IOException {
    Path script = Path.of(System.getProperty("fjord.root"), "bin");
    Files.createDirectories(root.resolve("bin"));
    for (String name : List.of("launch.sh", "java.sh")) {
      Path copy = root.resolve("bin").resolve(name);
      if (!Files.exists(copy)) {
        Files.copy(script.resolve(name), copy);
      }
    }
  }

  private Path file(String name, String content, Instant time) throws IOException {
    Path path = root.resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
    Files.setLastModifiedTime(path, FileTime.from(time));
    return path;
  }
}
