package org.fjordflow.cli;

import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that tell the rows of an output apart. */
final class RowNames {
  @Option(
      names = "--id",
      paramLabel = "NAME",
      description =
          "column of the data that tells rows apart, written first (default: the one that the model"
              + " was trained with, where the data have it)")
  private @Nullable String id;

  @Mixin private CarryOption carry;

  @Option(
      names = "--row-numbers",
      description = "write the number of each row, from 1, before all else")
  private boolean numbers;

  /** Returns the columns of a file that are written. */
  CarriedColumns of(String location, FlowModel model) {
    return new CarriedColumns(
        location,
        model,
        id,
        carry.names(),
        numbers ? CarriedColumns.Numbers.ALWAYS : CarriedColumns.Numbers.NEVER);
  }

  /** Whether anything was asked for. */
  boolean isGiven() {
    return id != null || numbers || !carry.names().isEmpty();
  }
}
