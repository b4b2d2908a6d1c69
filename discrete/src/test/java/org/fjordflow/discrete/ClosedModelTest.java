package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Denoising;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.testing.ClosedUse;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever belongs to a closed model says so. */
final class ClosedModelTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("org.fjordflow.discrete.DiscreteModelTest#flows")
  void everythingOfAClosedModelSaysSo(FlowConfig config) {
    BuiltModel<DiscreteConfig> model = DiscreteConfig.of(config).create(new SplittableRandom(1), 2);
    double[][] rows = new double[4][config.dim()];
    double[][] given = new double[4][config.contextSize()];
    Batch batch = config.contextSize() == 0 ? Batch.of(rows) : new Batch(rows, given);
    Trainer trainer =
        new Trainer(
            TrainerConfig.of(3, 4, 1),
            model.parameters(),
            Objectives.negativeLogLikelihood(model.flow()),
            BatchSource.shuffled(batch),
            List.of());
    Denoising denoising = new Denoising(model.flow(), 0.1);
    model.parameters().set(model.parameters().get()); // nothing waits for data any more
    ClosedUse use = new ClosedUse(model);
    model.close();
    model.close();
    use.expectTypedErrors(trainer, denoising);
    assertFails(ErrorKey.CLOSED, trainer::train, "closed");
    SplittableRandom random = new SplittableRandom(1);
    Context context = config.contextSize() == 0 ? Context.none() : Context.of(given);
    assertFails(ErrorKey.CLOSED, () -> model.initialize(batch, random), "closed");
    assertFails(ErrorKey.CLOSED, () -> denoising.denoise(rows, context, random), "closed");
    assertFails(
        ErrorKey.CLOSED, () -> ModelFolder.save(folder.resolve("it"), model, Map.of()), "closed");
    assertFalse(Files.exists(folder.resolve("it")), "nothing is written");
  }
}
