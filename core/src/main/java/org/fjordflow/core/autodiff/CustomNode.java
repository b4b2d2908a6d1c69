package org.fjordflow.core.autodiff;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** An operation with its own reverse. */
final class CustomNode extends Node {

  private final List<Var> inputs;
  private final List<Var> outputs;
  private final CustomReverse reverse;

  private CustomNode(List<Var> inputs, List<Var> outputs, CustomReverse reverse) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.reverse = reverse;
  }

  static List<Var> apply(Tape tape, List<Var> inputs, List<Matrix> outputs, CustomReverse reverse) {
    inputs.forEach(input -> Tape.requireNoTangents(input, "an operation with its own reverse"));
    List<Var> vars =
        outputs.stream()
            .map(output -> new Var(tape, output, output.rows(), tape.isRecording(), false))
            .toList();
    tape.record(new CustomNode(List.copyOf(inputs), vars, reverse));
    return vars;
  }

  @Override
  void reverse() {
    if (outputs.stream().noneMatch(Var::reached)) {
      return;
    }
    List<Matrix> given = new ArrayList<>();
    for (Var output : outputs) {
      given.add(output.zeroedAdjoint());
    }
    List<@Nullable Matrix> wanted = new ArrayList<>();
    for (Var input : inputs) {
      wanted.add(input.isDifferentiable() ? input.zeroedAdjoint() : null);
    }
    reverse.apply(given, wanted);
  }
}
