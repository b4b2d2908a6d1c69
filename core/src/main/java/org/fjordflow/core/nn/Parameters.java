package org.fjordflow.core.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/**
 * The trained arrays of a model, in the order in which they were added. Seen from outside it is one
 * flat vector with named windows: {@link #get} and {@link #set} copy the whole of it.
 *
 * <p>Beside them there are buffers: arrays that belong to the model and are saved with it but not
 * trained, such as a permutation that was drawn. They are no part of the flat vector, but have one
 * of their own: {@link #bufferValues} and {@link #setBufferValues}.
 */
public final class Parameters {

  /**
   * A named window on the flat vector.
   *
   * @param parameter value and gradient
   * @param shape dimensions as they are saved: none for a scalar, one for a row, two for a matrix
   * @param offset first element in the flat vector
   */
  public record Entry(Parameter parameter, List<Integer> shape, int offset) {}

  /**
   * How much a set may hold, so that a size in a configuration cannot take all memory.
   *
   * @param values in all, parameters and buffers
   * @param arrays of them
   * @param reason says where these numbers come from, such as a file's name and size
   */
  public record Limit(long values, long arrays, String reason) {
    /** A training's copies of one value, in bytes: gradient, averages, best values. */
    private static final long TRAINED_BYTES = 64;

    private static final long ARRAY_BYTES = 1 << 16;

    /** More than this no array is indexed by. */
    private static final long MOST = 1 << 30;

    private static final long SLACK = 100_000;
    private static final int ARRAY_SLACK = 1_000;

    /** What can be trained in the memory of this virtual machine. */
    public static Limit ofMemory() {
      long bytes = Runtime.getRuntime().maxMemory();
      return new Limit(
          Math.min(MOST, bytes / TRAINED_BYTES),
          bytes / ARRAY_BYTES,
          "%,d MB of memory train at most %,d values in %,d arrays (java -Xmx sets the memory, and FJORD_JAVA_OPTS=-Xmx8g that of the command)"
              .formatted(bytes >> 20, bytes / TRAINED_BYTES, bytes / ARRAY_BYTES));
    }

    /**
     * What may be made for the values of a file: so much more than it holds that a model which
     * nearly fits is still made, and told what does not.
     *
     * @param values in the file
     * @param arrays in the file
     * @param source its name
     */
    public static Limit of(long values, int arrays, String source) {
      return new Limit(
          Math.min(MOST, 2 * values + SLACK),
          2L * arrays + ARRAY_SLACK,
          "%s has %,d values in %,d arrays".formatted(source, values, arrays));
    }
  }

  private final Backend backend;
  private final Limit limit;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, Entry> buffers = new LinkedHashMap<>();
  private final Set<String> awaitingData = new LinkedHashSet<>();
  private String prefix = "";
  private int size;
  private int bufferSize;

  /** Creates an empty set of parameters whose arrays live in a backend, as memory allows. */
  public Parameters(Backend backend) {
    this(backend, Limit.ofMemory());
  }

  /** Creates an empty set of parameters that may become so large. */
  public Parameters(Backend backend, Limit limit) {
    this.backend = backend;
    this.limit = limit;
  }

  /**
   * Checks that an array may be added, before its values are made.
   *
   * @param name of the array, or of what needs it
   * @param shape its dimensions
   * @return the number of its values
   * @throws FjordException INVALID_CONFIGURATION if this set would become too large
   */
  public int require(String name, int... shape) {
    long most = limit.values() - size - bufferSize;
    long values = 1;
    for (int length : shape) {
      values = length < 0 || values > most ? Long.MAX_VALUE : values * length;
    }
    if (values > most || entries.size() + buffers.size() >= limit.arrays()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the model is too large: '%s%s'%s comes behind %,d values in %,d arrays; %s"
              .formatted(
                  prefix,
                  name,
                  shape.length == 0
                      ? ""
                      : " of "
                          + Arrays.stream(shape)
                              .mapToObj(Integer::toString)
                              .collect(Collectors.joining(" x ")),
                  (long) size + bufferSize,
                  entries.size() + buffers.size(),
                  limit.reason()));
    }
    return (int) values;
  }

  /** Returns the backend. */
  public Backend backend() {
    return backend;
  }

  /**
   * Makes a part of a model whose names begin with a prefix, so that parts of one kind can stand
   * beside each other.
   *
   * @param start such as {@code flow.1.}; those of nested calls follow each other
   * @param make adds parameters and buffers to this set
   * @return what {@code make} returns
   */
  public <T> T within(String start, Supplier<T> make) {
    String outer = prefix;
    prefix = outer + start;
    try {
      return make.get();
    } finally {
      prefix = outer;
    }
  }

  /**
   * Adds an array.
   *
   * @param name unique in this set
   * @param values initial values, row-major. Not modified.
   * @param shape none, one or two dimensions; a 1-D array is held as one row
   * @return the parameter
   * @throws FjordException INVALID_ARGUMENT if the name is taken or there are more dimensions,
   *     SHAPE_MISMATCH if there are not as many values as the shape has elements;
   *     INVALID_CONFIGURATION as {@link #require}
   */
  public Parameter add(String name, double[] values, int... shape) {
    require(name, shape);
    Entry entry = entry(prefix + name, values, size, shape);
    entries.put(entry.parameter().name(), entry);
    size += values.length;
    return entry.parameter();
  }

  /**
   * Adds an array whose initial values are to be chosen by data before training. Until {@link
   * #initialize} or {@link #set} has given it values, it is one of {@link #awaitingData}.
   *
   * @param name unique in this set
   * @param values what it has until then, row-major. Not modified.
   * @param shape none, one or two dimensions; a 1-D array is held as one row
   * @return the parameter
   * @throws FjordException as {@link #add}
   */
  public Parameter addAwaitingData(String name, double[] values, int... shape) {
    Parameter parameter = add(name, values, shape);
    awaitingData.add(parameter.name());
    return parameter;
  }

  /**
   * Adds a buffer whose initial values are to be chosen by data; until {@link #initialize} or
   * {@link #setBufferValues} has given it values, it is one of {@link #awaitingData}.
   *
   * @param name unique among parameters and buffers
   * @param values what it has until then, row-major. Not modified.
   * @param shape none, one or two dimensions; a 1-D array is held as one row
   * @return as {@link #addBuffer}
   * @throws FjordException as {@link #add}
   */
  public Parameter addBufferAwaitingData(String name, double[] values, int... shape) {
    Parameter buffer = addBuffer(name, values, shape);
    awaitingData.add(name);
    return buffer;
  }

  /**
   * Gives one parameter or buffer the initial values that data have chosen.
   *
   * @param parameter of this set. Modified.
   * @param values as many as it has. Not modified.
   */
  public void initialize(Parameter parameter, double[] values) {
    requireLength(values, parameter.value().size(), "values of " + parameter.name());
    backend.upload(values, 0, parameter.value());
    awaitingData.remove(parameter.name());
  }

  /**
   * Says anew that data have yet to choose values, of a model that was saved before they had.
   *
   * @param names of parameters or buffers of this set
   * @throws FjordException INVALID_ARGUMENT for another name
   */
  public void awaitData(List<String> names) {
    for (String name : names) {
      if (!entries.containsKey(name) && !buffers.containsKey(name)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT, "no parameter '" + name + "' that could await data");
      }
      awaitingData.add(name);
    }
  }

  /**
   * Returns the names of parameters and buffers whose initial values data have yet to choose. None
   * of a model that was loaded, or whose training is resumed: all its values were given.
   */
  public List<String> awaitingData() {
    return List.copyOf(awaitingData);
  }

  /**
   * Adds an array that is saved with the model but not trained; it is read by {@link
   * Parameter#value()}.
   *
   * @param name unique among parameters and buffers
   * @param values initial values, row-major. Not modified.
   * @param shape none, one or two dimensions; a 1-D array is held as one row
   * @return the buffer; its gradient is not used
   * @throws FjordException as {@link #add}
   */
  public Parameter addBuffer(String name, double[] values, int... shape) {
    require(name, shape);
    Entry entry = entry(prefix + name, values, bufferSize, shape);
    buffers.put(entry.parameter().name(), entry);
    bufferSize += values.length;
    return entry.parameter();
  }

  private Entry entry(String name, double[] values, int offset, int... shape) {
    if (shape.length > 2 || entries.containsKey(name) || buffers.containsKey(name)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "parameter '" + name + "' exists already, or has more than two dimensions");
    }
    int rows = shape.length == 2 ? shape[0] : 1;
    int cols = shape.length == 0 ? 1 : shape[shape.length - 1];
    if ((long) rows * cols != values.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "parameter '%s' of %d x %d was given %d values"
              .formatted(name, rows, cols, values.length));
    }
    Matrix value = backend.allocate(rows, cols);
    backend.upload(values, 0, value);
    Parameter parameter = new Parameter(name, value, backend.allocate(rows, cols));
    return new Entry(parameter, Arrays.stream(shape).boxed().toList(), offset);
  }

  /** Returns the number of trained values. */
  public int size() {
    return size;
  }

  /** Returns the windows in order. */
  public List<Entry> entries() {
    return Collections.unmodifiableList(new ArrayList<>(entries.values()));
  }

  /** Returns the buffers in order; their offsets count buffers alone. */
  public List<Entry> buffers() {
    return Collections.unmodifiableList(new ArrayList<>(buffers.values()));
  }

  /**
   * Copies the values out.
   *
   * @return {@link #size()} values
   */
  public double[] get() {
    double[] flat = new double[size];
    entries.values().forEach(e -> backend.download(e.parameter().value(), flat, e.offset()));
    return flat;
  }

  /**
   * Replaces the values, rounding to the backend's type.
   *
   * @param flat {@link #size()} values. Not modified.
   * @throws FjordException SHAPE_MISMATCH for another number of values
   */
  public void set(double[] flat) {
    requireLength(flat, size, "parameters");
    entries.values().forEach(e -> backend.upload(flat, e.offset(), e.parameter().value()));
    awaitingData.removeAll(entries.keySet());
  }

  /** Returns the number of values in buffers. */
  public int bufferSize() {
    return bufferSize;
  }

  /**
   * Copies the buffers out, one after the other.
   *
   * @return {@link #bufferSize()} values
   */
  public double[] bufferValues() {
    double[] flat = new double[bufferSize];
    buffers.values().forEach(e -> backend.download(e.parameter().value(), flat, e.offset()));
    return flat;
  }

  /**
   * Replaces the buffers' values, rounding to the backend's type.
   *
   * @param flat {@link #bufferSize()} values. Not modified.
   * @throws FjordException SHAPE_MISMATCH for another number of values
   */
  public void setBufferValues(double[] flat) {
    requireLength(flat, bufferSize, "values in buffers");
    buffers.values().forEach(e -> backend.upload(flat, e.offset(), e.parameter().value()));
    awaitingData.removeAll(buffers.keySet());
  }

  private static void requireLength(double[] flat, int expected, String what) {
    if (flat.length != expected) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "given " + flat.length + " values for " + expected + " " + what);
    }
  }

  /**
   * Copies the gradient out.
   *
   * @return {@link #size()} values
   */
  public double[] gradient() {
    double[] flat = new double[size];
    copyGradient(flat);
    return flat;
  }

  /**
   * Copies the gradient out.
   *
   * @param target its first {@link #size()} values. Modified.
   */
  public void copyGradient(double[] target) {
    entries.values().forEach(e -> backend.download(e.parameter().gradient(), target, e.offset()));
  }

  /** Sets the gradient to zero. */
  public void zeroGradient() {
    entries.values().forEach(e -> backend.fill(0, e.parameter().gradient()));
  }
}
