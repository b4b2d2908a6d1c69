package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The option of commands that write rows for rows: what else to write of them. */
final class CarryOption {
  @Option(
      names = "--carry",
      paramLabel = "NAME",
      split = ",",
      converter = Unquoted.class,
      description =
          "more columns of the data to write beside what is found, as they are; a name with a comma"
              + " in double quotes")
  private List<String> carry = new ArrayList<>();

  /** Returns the names. */
  List<String> names() {
    return List.copyOf(carry);
  }
}
