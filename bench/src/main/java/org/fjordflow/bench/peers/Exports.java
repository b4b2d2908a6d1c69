package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.fjordflow.base.FjordException;

/** What programs that export data for other libraries have in common. */
final class Exports {

  private Exports() {}

  /**
   * Runs an export, of data that may not be there: its failure is one line, and the end of the
   * program with status 1.
   *
   * @param export gets the folder of published data
   */
  static void run(Consumer<Path> export) {
    String setting = System.getenv("FJORD_DATA");
    try {
      export.accept(Path.of(setting != null ? setting : "../shared/data"));
    } catch (FjordException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
