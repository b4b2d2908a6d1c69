package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Tables;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that write rows for the rows of a file. */
final class RowFiles {
  @Option(
      names = "--data",
      paramLabel = "FILE",
      description =
          "the rows: .csv, .tsv (also .gz), .npy, .parquet, .npz[:array], .idx,"
              + " .safetensors[:array]; - for csv from standard input")
  private @Nullable String data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "where to write a row for each: .csv, .csv.gz, .npy, .parquet; - for csv to standard"
              + " output")
  private Path out;

  @Mixin private ReadingOptions reading;

  /** Returns where the rows are. */
  String data() {
    if (data == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no rows are given; name a file with --data");
    }
    return data;
  }

  /** Checks that no rows are given beside images. */
  void requireNone() {
    Usage.require(data == null, "--data and --images are given; leave one of them out");
  }

  /** Returns where to write. */
  Path out() {
    return out;
  }

  /** Returns how text is read. */
  ReadingOptions reading() {
    return reading;
  }

  /** Returns where a command speaks that writes there. */
  Console beside(Console console) {
    return TableFiles.beside(out, console);
  }

  /** Begins to write. */
  Tables.Writer writer(Console console) {
    return TableFiles.writer(out, console);
  }

  /**
   * Checks that nothing is written over what is read.
   *
   * @param inputs files that are read
   * @param pictures and pages that are written too, or null
   */
  void requireOther(Collection<Path> inputs, @Nullable Path... pictures) {
    Outputs.requireOther(out, inputs);
    Arrays.stream(pictures)
        .filter(Objects::nonNull)
        .forEach(file -> Outputs.requireOther(file, inputs));
  }
}
