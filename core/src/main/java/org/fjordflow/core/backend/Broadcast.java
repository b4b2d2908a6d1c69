package org.fjordflow.core.backend;

/** Reads the operand of a broadcast operation, tile by tile of the other operand's shape. */
final class Broadcast {
  private final Lanes lanes;
  private final CpuMatrix operand;
  private final CpuMatrix shape;
  private final int register;
  private final int scratch;
  private final boolean column;
  private final boolean once;
  private final int tile;

  /**
   * Prepares for reading.
   *
   * @param operand of the shape, one row, one column or one element of it
   * @param shape the other operand
   * @param register takes what is read
   * @param scratch overwritten
   */
  Broadcast(Lanes lanes, CpuMatrix operand, CpuMatrix shape, int register, int scratch) {
    this.lanes = lanes;
    this.operand = operand;
    this.shape = shape;
    this.register = register;
    this.scratch = scratch;
    boolean same = operand.rows() == shape.rows() && operand.cols() == shape.cols();
    boolean element = operand.size() == 1;
    column = !same && !element && operand.cols() == 1;
    once = !same && !column && shape.size() > 0;
    tile = same || element ? Lanes.TILE : lanes.tileRows(shape.cols()) * shape.cols();
    if (once && element) {
      lanes.load(scratch, operand, 0, 1);
      lanes.spread(scratch, register, 1, Lanes.TILE);
    } else if (once) {
      lanes.load(register, operand, 0, shape.cols());
      lanes.repeat(register, shape.cols(), tile);
    }
  }

  /** Returns how many elements {@link #load} reads at most: whole rows where that matters. */
  int tile() {
    return tile;
  }

  /** Reads what stands opposite to n elements from one on into the register. */
  void load(int from, int n) {
    if (column) {
      lanes.load(scratch, operand, from / shape.cols(), n / shape.cols());
      lanes.spread(scratch, register, n / shape.cols(), shape.cols());
    } else if (!once) {
      lanes.load(register, operand, from, n);
    }
  }
}
