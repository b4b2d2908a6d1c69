package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Matrix;

/**
 * Groups of channels of images with mean zero and variance one. Tangents whose reverse is wanted go
 * through the operation's parts, in which a group is a row of {@link LayerNormNode}; all else is
 * one primitive.
 */
final class GroupNormNode extends Node {

  private final Var x;
  private final int pixels;
  private final Var y;
  private final Matrix scale;

  private GroupNormNode(Var x, int pixels, Var y, Matrix scale) {
    this.x = x;
    this.pixels = pixels;
    this.y = y;
    this.scale = scale;
  }

  static Var apply(Tape tape, Var x, int pixels, int groups, double epsilon) {
    if (!(epsilon > 0) || pixels < 1 || groups < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "groupNorm: %d pixels, %d groups, epsilon %s; expected positive numbers"
              .formatted(pixels, groups, epsilon));
    }
    if (x.rows() % pixels != 0 || x.cols() % groups != 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "groupNorm: %d x %d in images of %d pixels and %d groups; expected whole images, and columns that the groups divide"
              .formatted(x.rows(), x.cols(), pixels, groups));
    }
    if (x.tangents() > 0 && tape.isRecording() && x.isDifferentiable()) {
      return composed(tape, x, pixels, groups, epsilon);
    }
    Backend backend = tape.backend();
    int n = x.rows();
    Matrix result = tape.take(x.stack().rows(), x.cols());
    Matrix value = result.rows(0, n);
    Matrix scale = tape.take(n / pixels, groups);
    backend.normalizeGroups(x.value(), pixels, epsilon, value, scale);
    for (int k = 1; k <= x.tangents(); k++) {
      // The Jacobian is symmetric.
      Matrix target = result.rows(k * n, (k + 1) * n);
      backend.normalizeGroupsBackward(value, pixels, scale, x.tangent(k - 1), false, target);
    }
    Var y = new Var(tape, result, n, x.isDifferentiable(), true);
    tape.record(new GroupNormNode(x, pixels, y, scale));
    return y.withUnits(x.units().ofResult());
  }

  private static Var composed(Tape tape, Var x, int pixels, int groups, double epsilon) {
    int images = x.rows() / pixels;
    int size = pixels * x.cols();
    ColumnIndex index = ColumnIndex.byGroup(pixels, x.cols(), groups);
    Var grouped = tape.gather(tape.reshape(x, images, size), index);
    Var normal = tape.layerNorm(tape.reshape(grouped, images * groups, size / groups), epsilon);
    return tape.reshape(
        tape.scatter(tape.reshape(normal, images, size), index), x.rows(), x.cols());
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      boolean accumulate = x.beginAdjoint() != 0;
      Backend backend = y.tape().backend();
      backend.normalizeGroupsBackward(
          y.value(), pixels, scale, y.adjoint(), accumulate, x.adjoint());
    }
  }
}
