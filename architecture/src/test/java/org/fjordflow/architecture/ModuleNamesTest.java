package org.fjordflow.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each jar of the project says the name of its module, so that no file name decides on it. */
final class ModuleNamesTest {
  private static final String NAME = "Automatic-Module-Name";
  private static final String JAR = "fjord-(\\w+)-\\d.*\\.jar";

  /** {@code mvn verify} has jars on the class path, {@code mvn test} has folders of classes. */
  @Test
  void everyJarSaysItsModule() throws IOException {
    List<Path> jars =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(path -> path.getFileName().toString().matches(JAR))
            .toList();
    assumeFalse(jars.isEmpty(), "no jars: the project is not packaged");
    Map<String, String> expected = new TreeMap<>();
    Map<String, String> said = new TreeMap<>();
    for (Path path : jars) {
      String module = path.getFileName().toString().replaceFirst(JAR, "$1");
      try (JarFile jar = new JarFile(path.toFile())) {
        expected.put(module, ArrowsTest.ROOT + "." + module);
        said.put(module, String.valueOf(jar.getManifest().getMainAttributes().getValue(NAME)));
      }
    }
    assertEquals(expected, said);
    assertEquals(ArrowsTest.modules(), expected.keySet());
  }
}
