package org.fjordflow.cli.models;

import java.nio.file.Path;
import java.util.Arrays;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/** What the command does with models of any kind. */
public final class Models {

  private static final int INITIALIZATION_ROWS = 1_000;

  private Models() {}

  /**
   * Returns a configuration with a standardisation by rows.
   *
   * @param rows at least one. Not modified.
   */
  public static ModelSpec standardized(ModelSpec spec, double[][] rows) {
    Moments moments = Moments.of(rows);
    return spec.withStandardization(
        Arrays.stream(moments.mean()).boxed().toList(),
        Arrays.stream(moments.standardDeviation()).boxed().toList());
  }

  /**
   * Lets data choose the initial values that they choose, before a model is trained.
   *
   * @param model Modified.
   * @param rows to choose by, at least one; of many, a thousand spread over all. Not modified.
   * @param streams of the training
   */
  public static void initialize(Model model, double[][] rows, RandomStreams streams) {
    Batch batch = Batch.of(RowSelection.thinned(rows, INITIALIZATION_ROWS));
    model.initialize(batch, streams.generator(Purpose.INITIALIZATION, 1));
  }

  /**
   * Loads a model of any kind.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @param config its configuration, perhaps changed in what leaves names and shapes
   * @param threads how many threads it uses at most
   * @return the model; the caller closes it
   * @throws org.fjordflow.base.FjordException FILE_MISSING, FILE_DAMAGED or SHAPE_MISMATCH
   */
  public static Model load(Path folder, ModelSpec config, int threads) {
    return ModelFolder.load(folder, random -> config.create(random, threads));
  }
}
