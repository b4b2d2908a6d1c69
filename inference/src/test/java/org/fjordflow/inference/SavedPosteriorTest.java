package org.fjordflow.inference;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The flow of a posterior is a model like others: saved, loaded, and judged again. */
final class SavedPosteriorTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"PLANAR", "IAF"})
  void loadedFlowIsTheSame(Recipe recipe) {
    VariationalOptions options =
        VariationalOptions.builder().flow(recipe).steps(20).samples(16).draws(500).build();
    try (VariationalPosterior fitted = VariationalFlow.fit(Targets.normal(), options)) {
      fitted.model().save(folder);
      try (VariationalPosterior loaded =
          VariationalPosterior.of(Targets.normal(), FlowModel.load(folder), 500, 0)) {
        assertEquals(fitted.elbo(), loaded.elbo());
        assertEquals(VariationalPosterior.End.Reason.NOT_TRAINED, loaded.end().reason());
        assertArrayEquals(fitted.draws()[3], loaded.draws()[3]);
      }
    }
  }

  @Test
  void flowOfAnotherSize() {
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(3, 0).withDtype("float64"), 1)) {
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> VariationalPosterior.of(Targets.normal(), model, 500, 0),
          "3 columns for 2");
    }
  }
}
