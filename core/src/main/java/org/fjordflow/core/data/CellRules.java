package org.fjordflow.core.data;

import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.Numbers;

/**
 * What cells of a file may be.
 *
 * @param source the file's name for messages
 * @param options how text is read
 */
record CellRules(String source, Tables.ReadOptions options) {

  /** A cell as text. */
  String text(char[] text, int from, int length, long line) {
    String cell = new String(text, from, length);
    if (cell.indexOf('\0') >= 0) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + ": line " + line + " is not text; expected a table as UTF-8 text");
    }
    return cell;
  }

  /** The value of a missing cell: NaN, or an error where none may be missing. */
  double missing(String cell, Supplier<String> place) {
    if (options.missing() == Tables.ReadOptions.Missing.KEEP) {
      return Double.NaN;
    }
    String remedy = "; --missing drop-rows leaves such rows out (ReadOptions.missing keeps them)";
    if (cell.isEmpty()) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED, place.get() + " is empty, expected a value" + remedy);
    }
    if (Numbers.isNumber(cell)) {
      throw new FjordException(
          ErrorKey.NON_FINITE, place.get() + " is " + cell + ", expected finite numbers" + remedy);
    }
    throw new FjordException(
        ErrorKey.FILE_DAMAGED, place.get() + " is '" + cell + "', expected a value" + remedy);
  }

  /** The value of an infinite cell, or an error where numbers have to be finite. */
  double infinite(String cell, double value, Supplier<String> place) {
    if (options.infinite()) {
      return value;
    }
    throw new FjordException(
        ErrorKey.NON_FINITE,
        place.get()
            + " is "
            + Numbers.printable(cell)
            + ", expected finite numbers; remove such rows or fill them in");
  }
}
