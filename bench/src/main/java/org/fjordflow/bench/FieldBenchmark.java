package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.internal.field.FfjordField;
import org.fjordflow.cnf.internal.field.MlpField;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayer;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One evaluation of a field 2-64-64-64-2: alone, with its exact trace, and with their reverse. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class FieldBenchmark {

  private static final int DIM = 2;
  private static final List<Integer> HIDDEN = List.of(64, 64, 64);

  /** The network: mlp, or one of FFJORD's layers. */
  @Param({"mlp", "concatsquash"})
  public String layer;

  /** Rows of the batch. */
  @Param("256")
  public int rows;

  private Backend backend;
  private VectorField field;
  private Tape evaluating;
  private Tape recording;
  private Matrix time;
  private Matrix stack;
  private Matrix directions;
  private Matrix ones;
  private Matrix fieldBar;
  private final Divergence divergence = new ExactTrace();

  /** Creates field and batch. */
  @Setup
  public void create() {
    RandomGenerator random = new RandomStreams(1).generator(Purpose.INITIALIZATION);
    backend = new CpuBackend(DType.FLOAT32);
    field = field(new Parameters(backend), random);
    evaluating = Tape.evaluating(backend);
    recording = Tape.recording(backend);
    time = backend.allocate(1, 1);
    backend.fill(0.5, time);
    directions = backend.allocate(DIM * rows, DIM);
    backend.upload(ExactTrace.units(rows, DIM), 0, directions);
    stack = backend.allocate((1 + DIM) * rows, DIM);
    backend.upload(random.doubles((long) rows * DIM, -2, 2).toArray(), 0, stack.rows(0, rows));
    backend.copy(directions, stack.rows(rows, stack.rows()));
    ones = backend.allocate(rows, 1);
    backend.fill(1, ones);
    fieldBar = backend.allocate(rows, DIM);
    backend.fill(1, fieldBar);
  }

  private VectorField field(Parameters parameters, RandomGenerator random) {
    List<Integer> sizes = new ArrayList<>(HIDDEN);
    sizes.add(DIM);
    if (layer.equals("mlp")) {
      sizes.add(0, DIM + 1);
      return new MlpField(Mlp.create(parameters, "net", sizes, Activation.TANH, random));
    }
    sizes.add(0, DIM);
    TimeLayerKind kind = TimeLayerKind.of(layer);
    List<TimeLayer> layers = new ArrayList<>();
    for (int i = 0; i + 1 < sizes.size(); i++) {
      layers.add(kind.create(parameters, "net." + i, sizes.get(i), sizes.get(i + 1), random));
    }
    return new FfjordField(layers, Activation.TANH);
  }

  /** Frees the arrays. */
  @TearDown
  public void close() {
    backend.close();
  }

  /** The field's value. */
  @Benchmark
  public Var value() {
    evaluating.reset();
    Var z = evaluating.input(stack.rows(0, rows));
    return field.at(evaluating, evaluating.input(time), z, null);
  }

  /** Value and trace, as every stage of a forward solve needs them. */
  @Benchmark
  public Var valueAndTrace() {
    evaluating.reset();
    return trace(evaluating, apply(evaluating));
  }

  /** Value, trace and their reverse, as every stage of the way back needs them. */
  @Benchmark
  public Tape valueTraceAndReverse() {
    recording.reset();
    Var f = apply(recording);
    Var trace = trace(recording, f);
    recording.seed(f, fieldBar);
    recording.seed(trace, ones);
    recording.reverse();
    recording.accumulate(1);
    return recording;
  }

  private Var apply(Tape tape) {
    return field.at(tape, tape.input(time), tape.input(stack, rows), null);
  }

  private Var trace(Tape tape, Var f) {
    return divergence.trace(tape, f, directions);
  }
}
