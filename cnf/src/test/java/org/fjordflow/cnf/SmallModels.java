package org.fjordflow.cnf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.estimators.Divergence;

/** Models that are quick to solve, and numbers to and from them. */
final class SmallModels {

  static final long SEED = GradientCheck.defaultSeed();

  private SmallModels() {}

  /** Every name of a field: FFJORD's layers, the plain network and the potential. */
  static List<String> layers() {
    List<String> names =
        new ArrayList<>(List.of(ContinuousConfig.Field.MLP, ContinuousConfig.Field.POTENTIAL));
    for (TimeLayerKind kind : TimeLayerKind.values()) {
      names.add(kind.id());
    }
    return names;
  }

  /** A FLOAT64 configuration with one hidden layer (a potential two) and a trained end time. */
  static ModelConfig config(String layer, int dim, int context, int hidden, int blocks) {
    return ModelConfig.builder(dim)
        .context(context)
        .layer(layer)
        .hidden(Collections.nCopies(layer.equals(ContinuousConfig.Field.POTENTIAL) ? 2 : 1, hidden))
        .activation("tanh")
        .blocks(blocks)
        .endTime(0.8)
        .trainEndTime(true)
        .dtype("float64")
        .build();
  }

  /** A model of a configuration whose parameters are spread out, so that no zeros hide anything. */
  static BuiltModel<ModelConfig> create(ModelConfig config) {
    return create(config, Runtime.getRuntime().availableProcessors());
  }

  /** The same for a number of threads. */
  static BuiltModel<ModelConfig> create(ModelConfig config, int threads) {
    SplittableRandom random = new SplittableRandom(SEED);
    BuiltModel<ModelConfig> model = config.create(random, threads);
    double[] values = model.parameters().get();
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextDouble(-0.3, 0.3);
    }
    model.parameters().set(values);
    return model;
  }

  /** The same model, solved otherwise. */
  static BuiltModel<ModelConfig> solved(BuiltModel<ModelConfig> model, SolveSettings solve) {
    return model.withBijection(ContinuousFlow.solved(model.flow().bijection(), old -> solve));
  }

  /** The same model, evaluated with another divergence. */
  static BuiltModel<ModelConfig> evaluated(BuiltModel<ModelConfig> model, Divergence divergence) {
    return model.withBijection(
        ContinuousFlow.solved(
            model.flow().bijection(), old -> old.withEvaluationDivergence(divergence)));
  }

  /** Rows uniform in (-1.5, 1.5). */
  static double[] rows(int n, int dim, long seed) {
    return new SplittableRandom(seed).doubles((long) n * dim, -1.5, 1.5).toArray();
  }

  static Matrix matrix(Backend backend, double[] values, int cols) {
    Matrix m = backend.allocate(values.length / cols, cols);
    backend.upload(values, 0, m);
    return m;
  }

  static Var input(Tape tape, double[] values, int cols) {
    return tape.input(matrix(tape.backend(), values, cols));
  }

  static double[] read(Backend backend, Matrix m) {
    double[] values = new double[m.size()];
    backend.download(m, values, 0);
    return values;
  }

  /** A check of the derivatives by rows, contexts if there are any, and all parameters. */
  static GradientCheck gradientCheck(BuiltModel<ModelConfig> model, int rows, String what) {
    ModelConfig config = model.config();
    GradientCheck check =
        new GradientCheck(
            model.parameters().backend(), SEED, what + " of " + config.field().layer());
    check.input(check.uniform(rows, config.dim(), -1.5, 1.5));
    if (config.context() > 0) {
      check.input(check.uniform(rows, config.context(), -1, 1));
    }
    model.parameters().entries().forEach(entry -> check.parameter(entry.parameter()));
    return check;
  }

  /** The log-determinants of a pass that asked for them. */
  static double[] logDet(Backend backend, Transformed transformed) {
    return read(backend, Objects.requireNonNull(transformed.logDet(), "logDet").value().value());
  }
}
