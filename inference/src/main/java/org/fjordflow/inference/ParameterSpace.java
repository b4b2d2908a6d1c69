package org.fjordflow.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.inference.Constraint.Constrained;
import org.jspecify.annotations.Nullable;

/** The parameters of a model: names, sizes, and where they may be. */
public final class ParameterSpace {

  /**
   * A parameter.
   *
   * @param name of the whole
   * @param size number of values, at least 1
   * @param scalar whether it is one number and not a list of them
   * @param constraint where it may be
   */
  record Block(String name, int size, boolean scalar, Constraint constraint) {
    int free() {
      return constraint.free(size);
    }
  }

  private final List<Block> blocks;
  private final List<String> names;
  private final int freeSize;

  private ParameterSpace(List<Block> blocks) {
    this.blocks = List.copyOf(blocks);
    this.names = this.blocks.stream().flatMap(block -> names(block).stream()).toList();
    this.freeSize = this.blocks.stream().mapToInt(Block::free).sum();
  }

  private static List<String> names(Block block) {
    if (block.scalar()) {
      return List.of(block.name());
    }
    List<String> names = new ArrayList<>();
    if (block.constraint() instanceof CorrelationConstraint correlation) {
      for (int i = 1; i < correlation.side(); i++) {
        for (int j = 0; j < i; j++) {
          names.add("%s[%d,%d]".formatted(block.name(), i + 1, j + 1));
        }
      }
    } else {
      for (int i = 1; i <= block.size(); i++) {
        names.add("%s[%d]".formatted(block.name(), i));
      }
    }
    return names;
  }

  /** Begins a list of parameters. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the names of all values in order, such as {@code beta[1]}. */
  public List<String> names() {
    return names;
  }

  /** Returns the number of values. */
  public int size() {
    return names.size();
  }

  /** Returns the number of real numbers that stand for them: a simplex has one less. */
  public int freeSize() {
    return freeSize;
  }

  /** Names the parameter that a real number stands for. */
  String freeName(int index) {
    int free = 0;
    int at = 0;
    for (Block block : blocks) {
      if (index < free + block.free()) {
        return block.free() == block.size() ? names.get(at + index - free) : block.name();
      }
      free += block.free();
      at += block.size();
    }
    throw new IndexOutOfBoundsException(index);
  }

  /**
   * Maps real numbers to parameters.
   *
   * @param tape where operations are made
   * @param free n x {@link #freeSize}
   */
  Constrain constrain(Tape tape, Var free) {
    Map<String, Constrained> byName = new LinkedHashMap<>();
    @Nullable Var logJacobian = null;
    int from = 0;
    for (Block block : blocks) {
      Var own = tape.columns(free, from, from + block.free());
      Constrained constrained = block.constraint().constrain(tape, own);
      byName.put(block.name(), constrained);
      Var log = constrained.logJacobian();
      if (log != null) {
        logJacobian = logJacobian == null ? log : tape.add(logJacobian, log);
      }
      from += block.free();
    }
    return new Constrain(new Draws(byName, free.rows()), logJacobian);
  }

  /**
   * Parameters, and the logarithm of the Jacobian determinant.
   *
   * @param logJacobian n x 1, or null where it is zero
   */
  record Constrain(Draws draws, @Nullable Var logJacobian) {}

  /**
   * Maps parameters to real numbers.
   *
   * @param values of all parameters in the order of {@link #names}. Not modified.
   * @return {@link #freeSize} numbers
   * @throws FjordException SHAPE_MISMATCH for another number of values, INVALID_ARGUMENT for values
   *     that a constraint excludes, naming the parameter
   */
  public double[] unconstrain(double[] values) {
    if (values.length != size()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "given %d values for the %d of %s".formatted(values.length, size(), names));
    }
    double[] free = new double[freeSize];
    int from = 0;
    int to = 0;
    for (Block block : blocks) {
      double[] own = Arrays.copyOfRange(values, from, from + block.size());
      double[] mapped;
      try {
        mapped = block.constraint().unconstrain(own);
      } catch (FjordException e) {
        throw new FjordException(
            e.key(), "parameter '%s': %s".formatted(block.name(), e.getMessage()), e);
      }
      System.arraycopy(mapped, 0, free, to, mapped.length);
      from += block.size();
      to += block.free();
    }
    return free;
  }

  /** Lists parameters; each method adds one and returns this. */
  public static final class Builder {

    private final Map<String, Block> blocks = new LinkedHashMap<>();

    private Builder() {}

    /** A real number. */
    public Builder real(String name) {
      return add(new Block(name, 1, true, new Constraint.None()));
    }

    /** Real numbers. */
    public Builder real(String name, int size) {
      return add(new Block(name, size, false, new Constraint.None()));
    }

    /** A positive number. */
    public Builder positive(String name) {
      return add(new Block(name, 1, true, new Constraint.Above(0)));
    }

    /** Positive numbers. */
    public Builder positive(String name, int size) {
      return add(new Block(name, size, false, new Constraint.Above(0)));
    }

    /** A number between two bounds. */
    public Builder interval(String name, double lower, double upper) {
      return add(new Block(name, 1, true, new Constraint.Interval(lower, upper)));
    }

    /** A number under a constraint. */
    public Builder scalar(String name, Constraint constraint) {
      return add(new Block(name, 1, true, constraint));
    }

    /** Numbers under a constraint. */
    public Builder vector(String name, int size, Constraint constraint) {
      return add(new Block(name, size, false, constraint));
    }

    /** Positive numbers whose sum is one; at least two. */
    public Builder simplex(String name, int size) {
      requireSize(name, size, 2);
      return add(new Block(name, size, false, new Constraint.Simplex()));
    }

    /** Numbers in ascending order. */
    public Builder ordered(String name, int size) {
      return add(new Block(name, size, false, new Constraint.Ordered()));
    }

    /**
     * A correlation matrix, whose values are the entries below the diagonal, row by row.
     *
     * @param side number of rows, at least 2
     */
    public Builder correlation(String name, int side) {
      requireSize(name, side, 2);
      return add(new Block(name, side * (side - 1) / 2, false, new CorrelationConstraint(side)));
    }

    private Builder add(Block block) {
      requireSize(block.name(), block.size(), 1);
      if (block.name().isBlank() || blocks.putIfAbsent(block.name(), block) != null) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "a parameter named '%s'; expected names that are not blank, each once"
                .formatted(block.name()));
      }
      return this;
    }

    private static void requireSize(String name, int size, int least) {
      if (size < least) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "parameter '%s' has size %d; expected at least %d".formatted(name, size, least));
      }
    }

    /**
     * Makes the list.
     *
     * @throws FjordException INVALID_ARGUMENT without parameters
     */
    public ParameterSpace build() {
      if (blocks.isEmpty()) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT, "a model without parameters; expected at least one");
      }
      return new ParameterSpace(List.copyOf(blocks.values()));
    }
  }
}
