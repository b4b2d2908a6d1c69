package org.fjordflow.core.data;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * Where tests find real data. It is not part of the project: the folder comes from the system
 * property or the environment variable {@code FJORD_DATA}, else it is {@code ../shared/data} seen
 * from the project's root.
 */
public final class TestData {
  private static final String SETTING = "FJORD_DATA";

  private TestData() {}

  /**
   * Finds a file or folder of the real data, from whichever module's folder the test runs in.
   *
   * @param name its path below the data folder, such as {@code adbench/6_cardio.npz}
   * @return its path
   * @throws org.opentest4j.TestAbortedException if it is absent: the test counts as skipped
   */
  public static Path file(String name) {
    Path folder = folder();
    if (folder == null || !Files.exists(folder.resolve(name))) {
      return abort(
          "skipped: no "
              + name
              + (folder == null ? "" : " in " + folder)
              + "; set the system property or environment variable "
              + SETTING
              + " to the data folder");
    }
    return folder.resolve(name);
  }

  /**
   * Copies a resource of the test classes, such as {@code reference/transforms.safetensors}, to a
   * file of its own; works from a jar too.
   *
   * @param name the resource's path
   * @return a temporary file, deleted when the virtual machine ends
   */
  public static Path resource(String name) {
    try (InputStream in = TestData.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + name);
      }
      Path copy = Files.createTempFile("fjord-", "-" + Path.of(name).getFileName());
      copy.toFile().deleteOnExit();
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Path folder() {
    String setting = System.getProperty(SETTING, System.getenv(SETTING));
    if (setting != null) {
      return Path.of(setting);
    }
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.isDirectory(root.resolve(".mvn"))) {
      root = root.getParent();
    }
    return root == null ? null : root.resolveSibling("shared").resolve("data");
  }
}
