package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.SolveSettings.Steps;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.SolverConfig.ByTolerance;

/** A trained flow whose evaluations are solved in several ways. */
final class SteppedFlow implements AutoCloseable {

  /** Beyond so many columns a solve at 1e-10 takes too long. */
  private static final int REFERENCE_COLUMNS = 10;

  private static final int MOONS = 2000;
  private static final int FAR_EACH = 100;
  private static final double FAR = 30;
  private static final double REFERENCE_TOLERANCE = 1e-10;

  /** What is computed. */
  enum Task {
    /** Log-densities. */
    SCORE,
    /** Samples of given base points. */
    SAMPLE,
    /** Log-densities of rows one in a hundred of which is far out. */
    SCORE_FAR
  }

  /**
   * What was computed.
   *
   * @param values log-densities, or samples row by row
   * @param evaluations of the field for a row, in the mean
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Result(double[] values, double evaluations) {}

  private final BuiltModel<ModelConfig> model;
  private final BuiltModel<ModelConfig> exact;
  private final double[][] scored;
  private final double[][] base;
  private final Map<Steps, Flow> flows = new EnumMap<>(Steps.class);
  private final Map<Steps, Tape> tapes = new EnumMap<>(Steps.class);

  private SteppedFlow(
      BuiltModel<ModelConfig> model,
      BuiltModel<ModelConfig> exact,
      double[][] scored,
      double[][] base) {
    this.model = model;
    this.exact = exact;
    this.scored = scored;
    this.base = base;
    for (Steps steps : Steps.values()) {
      flows.put(steps, solved(model, solve -> solve.withEvaluationSteps(steps)).flow());
      tapes.put(steps, Tape.evaluating(model.flow().backend()));
    }
  }

  /**
   * Loads a workload, as FOLDER:WEIGHTS@TOLERANCE, or a model of the moons, as FOLDER@TOLERANCE.
   */
  static SteppedFlow load(String name) {
    String[] parts = name.split("@", 2);
    double tolerance = parts.length > 1 ? Double.parseDouble(parts[1]) : 1e-5;
    String[] path = parts[0].split(":", 2);
    Path folder = Path.of(path[0]);
    if (RowStepsTable.isWorkload(folder)) {
      return ofWorkload(
          new WorkloadFolder(folder), path.length > 1 ? path[1] : "trained", tolerance);
    }
    RandomStreams random = new RandomStreams(11);
    double[][] rows = ToyDensity.MOONS.sample(MOONS, random.generator(Purpose.TEST));
    double[][] points = new double[MOONS][2];
    RandomGenerator normal = random.generator(Purpose.SAMPLES);
    for (double[] point : points) {
      point[0] = normal.nextGaussian();
      point[1] = normal.nextGaussian();
    }
    BuiltModel<ModelConfig> model = BuiltModel.load(folder, ModelConfig.class);
    BuiltModel<ModelConfig> same =
        model.config().withDtype("float64").create(random.generator(Purpose.PROBES));
    same.parameters().set(model.parameters().get());
    return new SteppedFlow(at(model, tolerance), at(same, REFERENCE_TOLERANCE), rows, points);
  }

  private static SteppedFlow ofWorkload(WorkloadFolder folder, String weights, double tolerance) {
    SafetensorsFile data = folder.data();
    return new SteppedFlow(
        at(model(folder, data, weights, "float32"), tolerance),
        at(model(folder, data, weights, "float64"), REFERENCE_TOLERANCE),
        rows(data, WorkloadFolder.SCORED),
        rows(data, WorkloadFolder.BASE));
  }

  private static double[][] rows(SafetensorsFile data, String name) {
    Tensor tensor = data.tensors().get(name);
    return tensor == null ? new double[0][] : tensor.toRows();
  }

  private static BuiltModel<ModelConfig> model(
      WorkloadFolder folder, SafetensorsFile data, String weights, String dtype) {
    BuiltModel<ModelConfig> model =
        folder
            .description()
            .model()
            .withDtype(dtype)
            .create(new RandomStreams(0).generator(Purpose.PROBES));
    Path file = folder.weights(weights);
    ModelTensors.load(SafetensorsFile.read(file), model.parameters(), file.toString());
    Tensor probes = data.tensors().get(WorkloadFolder.PROBES);
    if (model.config().solve().evaluation().divergence().isExact() || probes == null) {
      return model;
    }
    Divergence replayed = Divergence.replayed(1, probes.values());
    return solved(model, solve -> solve.withEvaluationDivergence(replayed));
  }

  private static BuiltModel<ModelConfig> at(BuiltModel<ModelConfig> model, double tolerance) {
    return solved(
        model,
        solve ->
            solve.withEvaluationSolver(
                ((ByTolerance) solve.evaluation().solver()).withTolerances(tolerance, tolerance)));
  }

  private static BuiltModel<ModelConfig> solved(
      BuiltModel<ModelConfig> model, UnaryOperator<SolveSettings> change) {
    return model.withBijection(ContinuousFlow.solved(model.flow().bijection(), change));
  }

  List<Task> tasks() {
    List<Task> tasks = new ArrayList<>(List.of(Task.SCORE));
    if (base.length > 0) {
      tasks.add(Task.SAMPLE);
    }
    tasks.add(Task.SCORE_FAR);
    return tasks;
  }

  boolean hasReference() {
    return model.config().dim() <= REFERENCE_COLUMNS;
  }

  Result run(Task task, Steps steps) {
    return run(
        task, Objects.requireNonNull(flows.get(steps)), Objects.requireNonNull(tapes.get(steps)));
  }

  double[] reference(Task task) {
    return run(task, exact.flow(), Tape.evaluating(exact.flow().backend())).values();
  }

  private Result run(Task task, Flow flow, Tape tape) {
    double[][] rows = rows(task);
    int dim = flow.dim();
    double[] values = new double[task == Task.SAMPLE ? rows.length * dim : rows.length];
    double evaluations = 0;
    RandomGenerator random = new RandomStreams(0).generator(Purpose.PROBES);
    int chunk = flow.chunkRows();
    for (int from = 0; from < rows.length; from += chunk) {
      int to = Math.min(rows.length, from + chunk);
      tape.reset();
      Work work = new Work();
      Pass pass = new Pass(tape, random, false, task != Task.SAMPLE, work);
      Var in = tape.constant(RowArrays.flatten(rows, from, to, dim, "rows"), to - from, dim);
      if (task == Task.SAMPLE) {
        Transformed out = flow.bijection().inverse(pass, in, null);
        tape.backend().download(out.value().value(), values, from * dim);
      } else {
        tape.backend().download(flow.logProb(pass, in, null).value(), values, from);
      }
      evaluations +=
          work.rowEvaluations() > 0
              ? work.rowEvaluations()
              : (double) work.forwardEvaluations() * (to - from);
    }
    return new Result(values, evaluations / rows.length);
  }

  private double[][] rows(Task task) {
    return switch (task) {
      case SCORE -> scored;
      case SAMPLE -> base;
      case SCORE_FAR -> {
        double[][] rows = scored.clone();
        for (int i = 0; i < rows.length; i += FAR_EACH) {
          rows[i] = rows[i].clone();
          for (int j = 0; j < rows[i].length; j++) {
            rows[i][j] *= FAR;
          }
        }
        yield rows;
      }
    };
  }

  @Override
  public void close() {
    model.close();
    exact.close();
  }
}
