package org.fjordflow.discrete.own;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.DiscreteConfig;
import org.fjordflow.discrete.FlowConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A family that this library does not know is named in JSON, trained, saved and loaded. */
final class OwnFamilyTest {

  private static final long SEED = GradientCheck.defaultSeed();

  @TempDir Path folder;

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  private static DiscreteConfig config() {
    return DiscreteConfig.of(new ScaleConfig(2, 0.25)).withDtype("float64");
  }

  @Test
  void isNamedInJson() {
    ObjectNode json = (ObjectNode) JsonConfig.tree(config());
    assertEquals("{\"type\":\"x-scale\",\"dim\":2,\"start\":0.25}", json.get("flow").toString());
    assertEquals(config(), JsonConfig.value(json, DiscreteConfig.class, "json"));
  }

  /** The most likely normal has the rows' mean and deviation. */
  @Test
  void isTrainedSavedAndLoaded() {
    double[][] rows = new double[100][];
    RandomGenerator source = random();
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[] {2 + 0.5 * source.nextGaussian(), -1 + 3 * source.nextGaussian()};
    }
    try (BuiltModel<DiscreteConfig> model = config().create(random(), 1)) {
      TrainerConfig training =
          TrainerConfig.of(1500, 100, SEED)
              .withOptimizer(Adam.of(0.05))
              .withSchedule(new Schedule.Cosine(1500, 0));
      assertEquals(
          1500,
          new Trainer(
                  training,
                  model.parameters(),
                  Objectives.negativeLogLikelihood(model.flow()),
                  BatchSource.shuffled(Batch.of(rows)),
                  List.of())
              .train()
              .steps());
      Moments moments = Moments.of(model.flow().toBase(rows, Context.none(), random()));
      assertArrayEquals(new double[2], moments.mean(), 1e-6);
      ModelFolder.save(folder, model, Map.of());
      double[] scores = model.flow().logProb(rows, Context.none(), random());
      try (Model loaded = ModelFolder.load(folder, 1)) {
        assertEquals(config(), loaded.config());
        assertArrayEquals(scores, loaded.flow().logProb(rows, Context.none(), random()));
      }
    }
  }

  @Test
  void unknownNamesAreToldTheKnownOnesAndWhatToDo() {
    ObjectNode json = (ObjectNode) JsonConfig.tree(config());
    ((ObjectNode) json.get("flow")).put("type", "y-scale");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> JsonConfig.value(json, DiscreteConfig.class, "a file"),
        "a file: flow: unknown type 'y-scale'; did you mean 'x-scale'? expected one of autoregressive, coupling",
        "x-scale, or one that a NamedConfigs service on the class path names");
  }

  /** No service has a name for it. */
  private record Nameless(int dim, int contextSize, int layers) implements FlowConfig {

    @Override
    public FlowConfig withContext(int size) {
      return new Nameless(dim, size, layers);
    }

    @Override
    public Bijection bijection(Parameters parameters, RandomGenerator random) {
      return new Inverse(new ScaleConfig(dim, 0).bijection(parameters, random));
    }
  }

  @Test
  void aFamilyWithoutANameIsRefusedBeforeItIsTrained() {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> DiscreteConfig.of(new Nameless(2, 0, 1)).dim(),
        "Nameless has no name in JSON",
        "META-INF/services/org.fjordflow.core.model.NamedConfigs");
  }

  @Test
  void aModelOfNoKindIsToldTheKinds() {
    ObjectNode json = JsonConfig.object();
    json.put("wavelets", 3);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> ModelFolder.kind(json).name(),
        "keys wavelets is of no kind that is known; known are ",
        "discrete");
    ObjectNode discrete = (ObjectNode) JsonConfig.tree(config());
    assertEquals(DiscreteConfig.class, ModelFolder.kind(discrete).spec());
  }
}
