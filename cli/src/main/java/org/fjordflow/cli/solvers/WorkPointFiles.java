package org.fjordflow.cli.solvers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.jspecify.annotations.Nullable;

/**
 * Measurements as comma-separated text with the columns {@value #HEADER}. What is not known is an
 * empty cell; names have no commas.
 */
public final class WorkPointFiles {
  /** The first line. */
  public static final String HEADER =
      "library,problem,method,mode,rtol,atol,steps,evaluations,accepted,rejected,seconds,error";

  private static final int COLUMNS = 12;

  private WorkPointFiles() {}

  /**
   * Writes measurements, whole or not at all.
   *
   * @param file where to; replaced if it exists
   * @param points what to write. Not modified
   * @throws FjordException FILE_UNWRITABLE
   */
  public static void write(Path file, List<WorkPoint> points) {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    for (WorkPoint p : points) {
      text.append(
          String.join(
              ",",
              p.library(),
              p.problem(),
              p.method(),
              p.mode().id(),
              number(p.rtol()),
              number(p.atol()),
              count(p.steps()),
              count(p.evaluations()),
              count(p.accepted()),
              count(p.rejected()),
              number(p.seconds()),
              number(p.error())));
      text.append('\n');
    }
    AtomicFiles.writeText(file, text.toString());
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  private static String count(long value) {
    return value == WorkPoint.UNKNOWN ? "" : Long.toString(value);
  }

  /**
   * Reads measurements.
   *
   * @param file the file
   * @return its points
   * @throws FjordException FILE_MISSING; FILE_DAMAGED, naming the line, if it is not such a file
   */
  public static List<WorkPoint> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new FjordException(ErrorKey.FILE_MISSING, "no such file: " + file, e);
    } catch (IOException | UncheckedIOException e) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, file + " cannot be read as text: " + e, e);
    }
    if (lines.isEmpty() || !lines.get(0).strip().equals(HEADER)) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED, file + " does not begin with the line " + HEADER);
    }
    List<WorkPoint> points = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        points.add(point(file, i + 1, lines.get(i)));
      }
    }
    return points;
  }

  private static WorkPoint point(Path file, int line, String text) {
    String[] cells = Arrays.stream(text.split(",", -1)).map(String::strip).toArray(String[]::new);
    if (cells.length != COLUMNS) {
      throw damaged(file, line, cells.length + " cells; expected " + COLUMNS, null);
    }
    try {
      return new WorkPoint(
          cells[0],
          cells[1],
          cells[2],
          Ids.find(Mode.values(), Mode::id, "mode", cells[3]),
          value(cells[4]),
          value(cells[5]),
          whole(cells[6]),
          whole(cells[7]),
          whole(cells[8]),
          whole(cells[9]),
          value(cells[10]),
          value(cells[11]));
    } catch (NumberFormatException e) {
      throw damaged(file, line, "a cell that is no number: " + e.getMessage(), e);
    } catch (FjordException e) {
      throw damaged(file, line, "an " + e.getMessage(), e);
    }
  }

  private static FjordException damaged(
      Path file, int line, String what, @Nullable Throwable cause) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, file + ": line " + line + " has " + what, cause);
  }

  private static double value(String cell) {
    return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
  }

  private static long whole(String cell) {
    return cell.isEmpty() ? WorkPoint.UNKNOWN : Long.parseLong(cell);
  }
}
