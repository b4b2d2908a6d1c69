package org.fjordflow.core.autodiff;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.internal.Arena;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.autodiff.internal.Scratch;
import org.fjordflow.core.autodiff.internal.SharedWeights;
import org.fjordflow.core.autodiff.internal.Transposes;
import org.fjordflow.core.autodiff.internal.UnitTangents;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * Computes, and remembers what the reverse sweep needs. Every operation acts on the value and on
 * its tangents together, so a function written once gives f, J v, and by {@link #backward} the
 * gradient of anything made from both (second derivatives included).
 *
 * <p>A tape that does not record computes the same numbers, keeps nothing and cannot be swept back.
 * {@link #reset} starts anew on the same memory; every {@link Var} made before is then void.
 *
 * <p>For one thread at a time; each task of {@link Backend#parallel} takes one of its own. What
 * takes memory or records throws CONCURRENT_USE on a thread other than the one that began; {@link
 * #reset} lets any thread begin.
 */
public final class Tape extends Operations {

  private final Backend backend;
  private final boolean recording;
  private final Arena arena;
  private final List<Node> nodes = new ArrayList<>();
  private final @Nullable Transposes transposes;
  private final @Nullable SharedWeights shared;
  private final IdentityHashMap<Object, Object> attachments = new IdentityHashMap<>();
  private @Nullable Thread user;
  private @Nullable Arena lent;
  private @Nullable Gradients gathered;
  private boolean lean;
  private boolean sweeping;
  private boolean swept;

  private Tape(
      Backend backend,
      boolean recording,
      @Nullable Transposes transposes,
      @Nullable SharedWeights shared) {
    this.backend = backend;
    this.recording = recording;
    this.transposes = transposes;
    this.shared = shared;
    this.arena = new Arena(backend);
  }

  /** Creates a tape that can be swept back. */
  public static Tape recording(Backend backend) {
    return new Tape(backend, true, null, null);
  }

  /**
   * Creates a tape that can be swept back, for parameters that stay what they are.
   *
   * @param transposes where transposes of weights are kept, shared with other tapes
   */
  public static Tape recording(Backend backend, Transposes transposes) {
    return new Tape(backend, true, transposes, null);
  }

  /** Creates a tape that only evaluates. */
  public static Tape evaluating(Backend backend) {
    return new Tape(backend, false, null, null);
  }

  /** Creates a tape that only evaluates; see {@link #recording(Backend, Transposes)}. */
  public static Tape evaluating(Backend backend, Transposes transposes) {
    return new Tape(backend, false, transposes, null);
  }

  /**
   * Creates a tape for parameters that stay what they are. Its gradients are taken by {@link
   * #accumulate(double, Gradients)}, as those of what it has read.
   *
   * @param recording whether it can be swept back
   * @param shared what it makes of weights together with other tapes
   */
  public static Tape sharing(Backend backend, boolean recording, SharedWeights shared) {
    return new Tape(backend, recording, shared.transposes(), shared);
  }

  /** Returns the backend whose matrices this tape works on. */
  public Backend backend() {
    return backend;
  }

  /** Returns whether this tape can be swept back. */
  public boolean isRecording() {
    return recording;
  }

  /**
   * Returns what a bijection, or a part of one, keeps with this tape to work in. So bijections hold
   * nothing that an evaluation changes, and one may be evaluated on several tapes at once. It
   * outlives {@link #reset} and goes with the tape.
   *
   * @param <T> its type
   * @param owner whose it is, by identity; held as long as the tape. It keeps one thing.
   * @param type what is kept
   * @param make makes it the first time
   * @return the same thing each time
   */
  public <T> T attachment(Object owner, Class<T> type, Supplier<T> make) {
    return type.cast(attachments.computeIfAbsent(owner, key -> make.get()));
  }

  /** Returns the bytes of array memory that this tape holds on to. */
  public long bytes() {
    return arena.bytes();
  }

  /**
   * Returns the bytes of array memory that a new tape would hold for what was computed since the
   * last {@link #reset}: a measure that depends on the computation alone.
   */
  public long ownBytes() {
    return arena.ownBytes();
  }

  /** The transpose of a parameter's value, or null where none is kept. */
  @Nullable Matrix transpose(Var weight) {
    Parameter parameter = weight.parameter();
    if (transposes == null || parameter == null || !Transposes.pays(parameter.value())) {
      return null;
    }
    return transposes.of(backend, parameter.value());
  }

  /** Forgets everything and reuses the memory; the thread that goes on may be another one. */
  public void reset() {
    user = null;
    nodes.clear();
    arena.reset();
    lent = null;
    lean = false;
    sweeping = false;
    swept = false;
  }

  /**
   * Lends memory to an empty tape for what it need not keep. Results of layers are then valid until
   * {@link #giveBack}, and computed anew by {@link #beginSweep}; those of other operations, and of
   * layers without an activation, last as always.
   *
   * @param scratch not used for anything else until {@link #giveBack}
   */
  public void borrow(Scratch scratch) {
    lean = true;
    lent = scratch.arena();
    lent.reset();
  }

  /**
   * Ends the use of what was lent by {@link #borrow} or {@link #beginSweep}; the thread that goes
   * on may be another one.
   */
  public void giveBack() {
    lent = null;
    user = null;
  }

  /**
   * Lends memory for the sweep, adjoints and gradients included, and computes anew what was not
   * kept; called before the first {@link #seed}.
   *
   * @param scratch not used for anything else until {@link #giveBack}
   */
  public void beginSweep(Scratch scratch) {
    requireUnswept();
    lent = scratch.arena();
    lent.reset();
    sweeping = true;
    if (lean) {
      nodes.forEach(Node::restore);
    }
  }

  /** Returns whether results of layers are not kept. */
  boolean isLean() {
    return lean;
  }

  /** Takes memory for what is needed until {@link #giveBack}, or like {@link #take}. */
  Matrix takeBriefly(int rows, int cols) {
    requireOneThread();
    return (lent == null ? arena : lent).take(rows, cols);
  }

  /** Takes scratch memory with arbitrary contents that lives until the next {@link #reset}. */
  public Matrix take(int rows, int cols) {
    requireOneThread();
    return sweeping ? takeBriefly(rows, cols) : arena.take(rows, cols);
  }

  // Leaves

  /**
   * A value that is not differentiated.
   *
   * @param value read, not copied; must not change before the sweep is done
   */
  public Var constant(Matrix value) {
    return new Var(this, value, value.rows(), false, false);
  }

  /**
   * Numbers that are not differentiated.
   *
   * @param values row-major. Not modified.
   * @param rows rows
   * @param cols columns
   */
  public Var constant(double[] values, int rows, int cols) {
    Matrix m = take(rows, cols);
    backend.upload(values, 0, m);
    return constant(m);
  }

  /** A 1 x 1 value that is not differentiated. */
  public Var constant(double value) {
    Matrix m = take(1, 1);
    backend.fill(value, m);
    return constant(m);
  }

  /**
   * A value whose gradient is wanted.
   *
   * @param value read, not copied; must not change before the sweep is done
   */
  public Var input(Matrix value) {
    return new Var(this, value, value.rows(), recording, false);
  }

  /**
   * A value whose gradient is wanted, with tangents that are constants (directions).
   *
   * @param stack [value; tangent 1; ...], (1 + k) rows x cols; read, not copied
   * @param rows rows of the value
   * @throws FjordException SHAPE_MISMATCH if the stack does not hold whole tangents
   */
  public Var input(Matrix stack, int rows) {
    boolean whole =
        rows == 0 ? stack.rows() == 0 : rows > 0 && stack.rows() > 0 && stack.rows() % rows == 0;
    if (!whole) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a stack of " + stack.rows() + " rows does not hold whole tangents of " + rows + " rows");
    }
    return new Var(this, stack, rows, recording, false);
  }

  /**
   * As {@link #input(Matrix, int)}, with as many tangents as columns, which are the unit vectors.
   * The tape does not multiply with them.
   *
   * @param stack [value; unit vector 1 in every row; unit vector 2; ...]; not checked
   * @param rows rows of the value
   * @throws FjordException SHAPE_MISMATCH for another number of tangents
   */
  public Var inputWithUnits(Matrix stack, int rows) {
    Var x = input(stack, rows);
    if (x.tangents() != x.cols() && rows > 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, x.tangents() + " unit vectors for " + x.cols() + " columns");
    }
    return rows == 0 ? x : x.withUnits(UnitTangents.INPUT);
  }

  /**
   * A trained array; {@link #accumulate} adds its gradient to {@code parameter.gradient()}.
   *
   * @param parameter read, not copied; must not change before the sweep is done
   */
  public Var parameter(Parameter parameter) {
    Var var = new Var(this, parameter.value(), parameter.value().rows(), recording, false);
    record(new Leaf(var, parameter));
    return var;
  }

  /**
   * A trained weight times a mask, element by element.
   *
   * @param weight as for {@link #parameter}
   * @param mask constant, the same shape; must not change
   */
  public Var masked(Parameter weight, Matrix mask) {
    return shared == null
        ? multiply(parameter(weight), constant(mask))
        : parameter(shared.masked(weight, mask));
  }

  /** Returns the trained arrays that operations since the last {@link #reset} have read. */
  public Set<Parameter> parameters() {
    Set<Parameter> read = new LinkedHashSet<>();
    for (Node node : nodes) {
      if (node instanceof Leaf leaf) {
        read.add(leaf.parameter());
      }
    }
    return read;
  }

  // Sweeps

  /**
   * Adds to the adjoint of a value, from which {@link #reverse} then starts.
   *
   * @param x rows x cols
   * @param adjoint rows x cols; not modified
   * @throws FjordException UNSUPPORTED for a constant, for a tape that only evaluates, and after
   *     the sweep; SHAPE_MISMATCH for an adjoint of another shape
   */
  public void seed(Var x, Matrix adjoint) {
    requireUnswept();
    if (adjoint.rows() != x.rows() || adjoint.cols() != x.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "seed: an adjoint of %d x %d for a value of %d x %d"
              .formatted(adjoint.rows(), adjoint.cols(), x.rows(), x.cols()));
    }
    if (x.tangentsDifferentiable()) {
      backend.add(1, adjoint, 1, x.zeroedAdjoint().rows(0, x.rows()));
    } else {
      double beta = x.beginAdjoint();
      backend.add(1, adjoint, beta, x.adjoint());
    }
  }

  /**
   * Sweeps back from the seeded values to the leaves, once; parameter gradients are not yet
   * touched.
   *
   * @throws FjordException UNSUPPORTED for a tape that only evaluates, and for a second sweep
   *     before {@link #reset}, which would count the adjoints of the first one again
   */
  public void reverse() {
    requireUnswept();
    requireOneThread();
    swept = true;
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).reverse();
    }
  }

  /**
   * Sends the parameter gradients of all sweeps of this tape to sums of the caller's, so that
   * several tapes may be swept back at once: also those that operations add by themselves, {@link
   * CustomReverse} that solve a system for one.
   *
   * @param sums Modified by {@link #reverse} and {@link #accumulate(double)}
   */
  public void gatherIn(Gradients sums) {
    gathered = sums;
  }

  /** Returns where parameter gradients go, null for the parameters' own. */
  public @Nullable Gradients gathered() {
    return gathered;
  }

  /**
   * Adds the parameter gradients of the sweep to their parameters; each call adds them again.
   *
   * @param weight factor
   * @throws FjordException UNSUPPORTED before {@link #reverse}
   */
  public void accumulate(double weight) {
    accumulateInto(weight, gathered);
  }

  /**
   * Adds the parameter gradients of the sweep to sums of the caller's; each call adds them again.
   *
   * @param weight factor
   * @param sums Modified.
   * @throws FjordException UNSUPPORTED before {@link #reverse}
   */
  public void accumulate(double weight, Gradients sums) {
    accumulateInto(weight, sums);
  }

  private void accumulateInto(double weight, @Nullable Gradients sums) {
    if (!swept) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED, "there are no gradients before the sweep; call reverse() first");
    }
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).accumulate(weight, sums);
    }
  }

  /**
   * Sweeps back from a scalar with seed one and adds the parameter gradients.
   *
   * @param loss 1 x 1
   * @throws FjordException as {@link #seed} and {@link #reverse}
   */
  public void backward(Var loss) {
    Matrix one = take(1, 1);
    backend.fill(1, one);
    seed(loss, one);
    reverse();
    accumulate(1);
  }

  private void requireUnswept() {
    if (!recording || swept) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          recording
              ? "this tape has been swept back already; seed all values first, or reset() it"
              : "this tape only evaluates; make one with Tape.recording(backend)");
    }
  }

  /** Gradients of a sweep may be read and added up on other threads than it was made on. */
  private void requireOneThread() {
    Thread current = Thread.currentThread();
    if (user != current && !swept) {
      begin(current);
    }
  }

  private void begin(Thread current) {
    Thread other = user;
    if (other != null) {
      throw new FjordException(
          ErrorKey.CONCURRENT_USE,
          "thread '%s' uses a tape on which thread '%s' has begun; give each thread a tape of its own, or reset() it before another one goes on"
              .formatted(current.getName(), other.getName()));
    }
    user = current;
  }

  void record(Node node) {
    if (recording) {
      requireOneThread();
      nodes.add(node);
    }
  }

  /** Fails for an operand that carries tangents where none can be. */
  static void requireNoTangents(Var x, String operation) {
    if (x.tangents() > 0) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          operation + " is not defined for a value with tangents; take Tape.value(x) first");
    }
  }
}
