package org.fjordflow.cli;

import java.io.PrintStream;
import java.util.Locale;
import org.fjordflow.base.internal.Messages;
import org.fjordflow.core.flow.Pass.Work;

/**
 * Where a command speaks.
 *
 * @param out results
 * @param err errors and progress
 */
record Console(PrintStream out, PrintStream err) {

  /** Says a line of a result, formatted alike in every locale, without control characters. */
  void say(String format, Object... values) {
    out.println(Messages.escaped(String.format(Locale.ROOT, format, values)));
  }

  /** Returns the evaluations of a field as text behind a comma; nothing where there is no field. */
  static String evaluations(Work work) {
    long count = work.forwardEvaluations();
    long stiff = work.stiffSolves();
    return (count == 0 ? "" : ", " + count + " evaluations")
        + (stiff == 0 ? "" : ", " + stiff + (stiff == 1 ? " solve" : " solves") + " seemed stiff");
  }

  /** Returns a duration in seconds as text. */
  static String seconds(double seconds) {
    return seconds < 100
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%d:%02d min", (long) seconds / 60, (long) seconds % 60);
  }
}
