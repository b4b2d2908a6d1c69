package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.internal.ModelTensors;

/** Exports workloads: one set of weights, data and probes for all libraries. */
public final class Preparation {

  private Preparation() {}

  /**
   * Exports workloads that are not there yet.
   *
   * @param args the folder that gets one for each workload, then the workloads' names: those of
   *     bench/compare-peers, or those of bench/compare-solvers after {@code solvers}
   */
  public static void main(String[] args) {
    Exports.run(published -> export(args, published));
  }

  private static void export(String[] args, Path published) {
    boolean solvers = args.length > 1 && args[1].equals("solvers");
    for (int i = solvers ? 2 : 1; i < args.length; i++) {
      Exported workload =
          solvers
              ? Ids.find(SolverWorkload.values(), SolverWorkload::id, "problem", args[i])
              : PeerWorkload.of(args[i]);
      PeerData data = workload.data(published);
      Path folder = AtomicFiles.createFolder(Path.of(args[0]).resolve(workload.id()));
      if (prepare(workload.describe(data), data, new WorkloadFolder(folder))) {
        System.err.println("prepared " + folder);
      }
    }
  }

  /**
   * Exports a workload unless it is there.
   *
   * @param description what to compute
   * @param data where rows come from
   * @param folder gets the files
   * @return whether anything had to be done
   */
  static boolean prepare(WorkloadDescription description, PeerData data, WorkloadFolder folder) {
    if (folder.holds(description)) {
      return false;
    }
    RandomStreams random = new RandomStreams(description.seed());
    int dim = description.model().dim();
    Map<String, double[][]> arrays = new LinkedHashMap<>();
    RandomGenerator rows = random.generator(Purpose.TEST, 1);
    arrays.put(WorkloadFolder.BATCH, data.sampler().sample(description.gradientRows(), rows));
    arrays.put(WorkloadFolder.SCORED, data.sampler().sample(description.scoreRows(), rows));
    arrays.put(
        WorkloadFolder.PROBES,
        signs(description.gradientRows(), dim, random.generator(Purpose.PROBES)));
    arrays.put(
        WorkloadFolder.BASE,
        normals(description.sampleRows(), dim, random.generator(Purpose.SAMPLES)));
    folder.writeData(arrays, dim);
    try (BuiltModel<ModelConfig> model =
        description.model().create(random.generator(Purpose.INITIALIZATION))) {
      ModelTensors.of(model.parameters(), Map.of()).write(folder.weights("initial"));
      new Trainer(
              TrainerConfig.of(
                  description.trainingSteps(), description.trainingRows(), description.seed()),
              model.parameters(),
              Objectives.negativeLogLikelihood(model.flow()),
              BatchSource.sampled(data.sampler()),
              List.of())
          .train();
      ModelTensors.of(model.parameters(), Map.of()).write(folder.weights("trained"));
    }
    folder.write(description);
    return true;
  }

  private static double[][] signs(int n, int dim, RandomGenerator random) {
    double[][] rows = new double[n][dim];
    for (double[] row : rows) {
      for (int j = 0; j < dim; j++) {
        row[j] = random.nextBoolean() ? 1 : -1;
      }
    }
    return rows;
  }

  private static double[][] normals(int n, int dim, RandomGenerator random) {
    double[][] rows = new double[n][dim];
    for (double[] row : rows) {
      for (int j = 0; j < dim; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return rows;
  }
}
