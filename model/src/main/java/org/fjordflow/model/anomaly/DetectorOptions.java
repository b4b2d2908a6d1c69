package org.fjordflow.model.anomaly;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.TableOptions;
import org.jspecify.annotations.Nullable;

/**
 * How an {@link AnomalyDetector} is made. {@link #standard} has the defaults.
 *
 * @param fit which flow, and how it is trained
 * @param calibration part of the rows that is held out to calibrate by: neither trained nor
 *     validated on; below 1, and 0 for {@link #calibration(int)}
 * @param scoring what makes a row unlike others
 * @param contamination share of the normal rows that may be anomalies, at least 0 and below 0.5;
 *     see {@link AnomalyDetector#fit}
 */
public record DetectorOptions(
    FitOptions fit, double calibration, Scoring scoring, double contamination) {

  private static final double FIFTH = 0.2;

  /** The most that is held out of a small table. */
  private static final double MOST = 1.0 / 3;

  /** Rows that a rate of a hundredth takes. */
  private static final double ENOUGH_ROWS = 100;

  /**
   * Checks every value.
   *
   * @throws FjordException INVALID_CONFIGURATION, naming the value
   */
  public DetectorOptions {
    require(fit != null, "fit", fit, "options, such as DetectorOptions.standardFit().build()");
    require(
        calibration >= 0 && calibration < 1,
        "calibration",
        calibration,
        "at least 0 and below 1, such as 0.2");
    require(scoring != null, "scoring", scoring, "either, density or typicality");
    require(
        contamination >= 0 && contamination < 0.5,
        "contamination",
        contamination,
        "at least 0 and below 0.5, such as 0.05");
  }

  private static void require(boolean holds, String name, @Nullable Object given, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + " is " + given + "; expected " + expected);
    }
  }

  /** The defaults: {@link #standardFit}, a fifth of the rows held out, {@link Scoring#EITHER}. */
  public static DetectorOptions standard() {
    return new DetectorOptions(standardFit().build(), 0, Scoring.EITHER, 0);
  }

  /**
   * Returns the part of so many rows that is held out: what was asked for, or a fifth; of less than
   * 500 rows as large a part as has 100, up to a third.
   */
  public double calibration(int rows) {
    return calibration > 0 ? calibration : Math.max(FIFTH, Math.min(MOST, ENOUGH_ROWS / rows));
  }

  /** Begins with the flow and the training that detection has unless asked otherwise. */
  public static FitOptions.Builder standardFit() {
    return DetectionRecipe.STANDARD.fit();
  }

  /** Begins with another flow, trained as {@link #standardFit()} is. */
  public static FitOptions.Builder standardFit(FlowRecipe flow) {
    return DetectionRecipe.STANDARD.with(flow).fit();
  }

  /**
   * Returns what is said of the columns of a table, with all numbers as real ones where nothing
   * else is asked for: a number that normal rows do not have is then far or near, and not unknown.
   *
   * @param rows with these columns. Not modified.
   * @throws FjordException as {@link TableOptions#plan}
   */
  public TableOptions columns(Table rows) {
    TableOptions columns = fit.columns();
    if (rows.names().isEmpty()) {
      return columns; // of arrays, numbers are real ones
    }
    Set<String> asked = new HashSet<>(columns.kinds().keySet());
    for (Map<String, ?> said : List.of(columns.scales(), columns.bounds(), columns.circular())) {
      asked.addAll(said.keySet());
    }
    List<String> names = rows.namesOrDefault();
    for (ColumnSpec column : columns.plan(rows).spec().data()) {
      int number = names.indexOf(column.name()) + 1;
      boolean free = !asked.contains(column.name()) && !asked.contains(String.valueOf(number));
      boolean numbers = column.labels().isEmpty() && column.kind() != Kind.TIME;
      if (free && numbers) { // of which a part of the rows may have a single one
        columns = columns.withKind(column.name(), Kind.REAL);
      }
    }
    return columns;
  }

  /** The same with another flow or another training. */
  public DetectorOptions withFit(FitOptions other) {
    return new DetectorOptions(other, calibration, scoring, contamination);
  }

  /** The same with another part of the rows held out. */
  public DetectorOptions withCalibration(double part) {
    return new DetectorOptions(fit, part, scoring, contamination);
  }

  /** The same with another score. */
  public DetectorOptions withScoring(Scoring other) {
    return new DetectorOptions(fit, calibration, other, contamination);
  }

  /** The same for rows some of which may be anomalies. */
  public DetectorOptions withContamination(double share) {
    return new DetectorOptions(fit, calibration, scoring, share);
  }
}
