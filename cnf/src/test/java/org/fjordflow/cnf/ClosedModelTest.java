package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever belongs to a closed model says so. */
final class ClosedModelTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void everythingOfAClosedModelSaysSo(int contextSize) {
    BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concatsquash", 3, contextSize, 8, 2), 2);
    BuiltModel<ModelConfig> other = SmallModels.solved(model, SolveSettings.exact());
    Trainer trainer =
        new Trainer(
            TrainerConfig.of(3, 4, 1),
            model.parameters(),
            Objectives.negativeLogLikelihood(model.flow()),
            BatchSource.shuffled(Batch.of(new double[4][3])),
            List.of());
    ClosedUse use = new ClosedUse(model);
    model.close();
    model.close();
    use.expectTypedErrors(trainer, other);
    assertFails(ErrorKey.CLOSED, trainer::train, "closed");
    assertFails(
        ErrorKey.CLOSED, () -> ModelFolder.save(folder.resolve("it"), model, Map.of()), "closed");
    assertFalse(Files.exists(folder.resolve("it")), "nothing is written");
    other.close();
  }
}
