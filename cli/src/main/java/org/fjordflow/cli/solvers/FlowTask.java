package org.fjordflow.cli.solvers;

import java.util.List;

/**
 * A solve or a gradient of a flow.
 *
 * @param field the flow and its rows
 * @param mode which
 */
record FlowTask(FlowField field, Mode mode) implements Task {

  @Override
  public String problem() {
    return field.name();
  }

  @Override
  public List<Integer> budgets() {
    return List.of(8, 16, 32, 64, 128, 256, 512);
  }

  @Override
  public double[] reference() {
    return field.reference(mode);
  }

  @Override
  public Result compute(Setting setting) {
    return mode == Mode.FORWARD ? field.forward(setting) : field.gradient(setting, mode);
  }
}
