package org.fjordflow.model;

import java.util.List;
import java.util.Locale;

/** What is told of a column: what it was taken for, and what is done with it. */
final class ColumnTexts {

  private ColumnTexts() {}

  static String of(ColumnSpec column) {
    return kind(column) + ": " + scale(column);
  }

  static String ofGiven(ColumnSpec column) {
    String how =
        switch (column.scale()) {
          case CELLS -> "one hot";
          case CIRCULAR -> "by cosine and sine, from " + ends(column);
          case STANDARD, ROBUST, LOG, LOGIT -> scale(column);
        };
    return kind(column) + ": " + how + (column.gaps() ? ", gaps marked" : "");
  }

  private static String kind(ColumnSpec column) {
    if (column.values().size() == 1) {
      return "constant";
    }
    if (column.scale() == ColumnSpec.Scale.CELLS && column.kind() == ColumnSpec.Kind.INTEGER) {
      List<Double> values = column.values();
      return "integer from %s to %s"
          .formatted(column.text(values.get(0)), column.text(values.get(values.size() - 1)));
    }
    return column.scale() == ColumnSpec.Scale.CELLS && column.kind() != ColumnSpec.Kind.YES_NO
        ? "%s of %d values".formatted(column.kind().id(), column.values().size())
        : column.kind().id();
  }

  private static String scale(ColumnSpec column) {
    String dequantized = column.isDiscrete() ? "dequantised, " : "";
    return switch (column.scale()) {
      case STANDARD -> dequantized + "standardised";
      case ROBUST ->
          String.format(
              Locale.ROOT,
              "%srobust scale (median %.4g, width %.4g)",
              dequantized,
              column.origin(),
              column.width());
      case LOG -> String.format(Locale.ROOT, "%slog, above %.4g", dequantized, column.origin());
      case LOGIT -> dequantized + "logit, from " + ends(column);
      case CIRCULAR -> dequantized + "circular, from " + ends(column);
      case CELLS ->
          column.values().size() == 1
              ? "always " + column.text(column.values().get(0))
              : "dequantised by shares";
    };
  }

  private static String ends(ColumnSpec column) {
    return String.format(
        Locale.ROOT, "%.6g to %.6g", column.origin(), column.origin() + column.width());
  }
}
