package org.fjordflow.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableSpec;
import org.fjordflow.model.TrainingObjective.Kind;
import org.fjordflow.model.images.ImageSpec;
import org.jspecify.annotations.Nullable;

/**
 * What the page of a model is made of.
 *
 * @param name of the folder
 * @param about what its configuration file says
 * @param metrics of the steps of training, or null where there are none
 * @param model the model. Not modified.
 * @param rows its data, or null where they are not at hand
 * @param missing sentences about what is not at hand and how it can be
 */
public record PageSource(
    String name,
    JsonNode about,
    @Nullable Table metrics,
    FlowModel model,
    @Nullable PageRows rows,
    List<String> missing) {

  /** Copies the list. */
  public PageSource {
    missing = List.copyOf(missing);
  }

  /** Whether rows have no conditions. */
  boolean isUnconditional() {
    return model.contextSize() == 0;
  }

  /** Whether the model has an ordinary differential equation in it. */
  boolean isSolved() {
    return !model.config().continuous().isEmpty();
  }

  /** Whether rows are images. */
  boolean isOfImages() {
    return model.config().images() != null;
  }

  /** Returns what losses are multiplied with to be shown: those of images are bits. */
  double lossUnit() {
    ImageSpec images = model.config().images();
    boolean matched = about.at("/objective/kind").asText("").equals(Kind.MATCHING.id());
    return images == null || images.noise() > 0 || matched
        ? 1
        : Dequantization.bitsPerNat(model.dim());
  }

  /** Whether the model is a density of the plane, with nothing given. */
  boolean isPlane() {
    return model.dim() == 2
        && !isOfImages()
        && isUnconditional()
        && !isDiscrete(0)
        && !isDiscrete(1);
  }

  /** Returns what a column of data stands for, or null where all are plain numbers. */
  @Nullable ColumnSpec column(int j) {
    TableSpec table = model.config().table();
    return table == null ? null : table.data().get(j);
  }

  /** Whether a column has a few values, each with a probability. */
  boolean isDiscrete(int j) {
    ColumnSpec column = column(j);
    return column != null && column.isDiscrete();
  }

  /** Returns the name of a column of data. */
  String columnName(int j) {
    return model.columns().isEmpty() ? "x" + (j + 1) : model.columns().get(j);
  }

  /** Returns chance that is the same whenever the page is made. */
  RandomStreams streams() {
    return new RandomStreams(about.at("/provenance/seed").asLong(0));
  }
}
