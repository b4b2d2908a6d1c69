package org.fjordflow.bench.matching;

import java.util.List;
import org.fjordflow.bench.matching.Points.Condition;
import org.fjordflow.cnf.matching.Pairing;

/**
 * A training and what was published of it.
 *
 * @param name in results
 * @param condition what data are conditioned on
 * @param pairing in the batch
 * @param oneStep published squared distance after one Euler step, NaN where there is none
 * @param adaptive published squared distance by an adaptive solver
 */
record Trial(String name, Condition condition, Pairing pairing, double oneStep, double adaptive) {

  private static final Pairing PLAIN = new Pairing.Independent();

  /** Without and with transport, and by class and coordinate; then what is straightened. */
  static final List<Trial> ALL =
      List.of(
          new Trial("plain", Condition.NONE, PLAIN, 6.232, 0.120),
          new Trial("transport", Condition.NONE, new Pairing.Transport(), 0.072, 0.050),
          new Trial("class plain", Condition.CLASS, PLAIN, 2.573, 0.059),
          new Trial(
              "class c2ot", Condition.CLASS, new Pairing.ConditionalTransport(0), 0.048, 0.018),
          new Trial("coordinate plain", Condition.COORDINATE, PLAIN, 0.732, 0.028),
          new Trial(
              "coordinate c2ot",
              Condition.COORDINATE,
              new Pairing.ConditionalTransport(0.05),
              0.077,
              0.013));

  /** Rounds of reflow that begin with the plain field. */
  boolean straightens() {
    return name.equals("plain");
  }
}
