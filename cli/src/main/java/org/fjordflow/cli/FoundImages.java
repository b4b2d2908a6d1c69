package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.fjordflow.cli.page.PageRows;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.images.Images;

/** The images of a saved model, dealt out again as they were for training. */
final class FoundImages {

  private FoundImages() {}

  /**
   * Reads the images that are given.
   *
   * @param about what the model's configuration says
   * @param model of images
   * @param images which; those of the training are dealt out as they were
   */
  static FoundData of(JsonNode about, FlowModel model, ImageOptions images) {
    String name = about.at("/provenance/data/description").asText("");
    if (!images.isGiven()) {
      return new FoundData(
          null,
          List.of(
              "The images, %s, are not looked for: fjord report DIR --images %s adds them."
                  .formatted(name, name.isEmpty() ? "DIR" : name)));
    }
    Images read = images.read(ImageFlow.of(model).spec());
    if (!about.path("data").isObject()) {
      return new FoundData(new PageRows(read.batch(), null), List.of());
    }
    DataConfig config =
        JsonConfig.value(about.path("data"), DataConfig.class, "the folder's configuration");
    RandomStreams streams = new RandomStreams(about.at("/provenance/seed").asLong(0));
    Images.Parts parts =
        read.split(config.validation(), config.test(), streams.generator(Purpose.SPLIT));
    Images held = parts.test() == null ? parts.validation() : parts.test();
    boolean same = about.at("/provenance/data/rows").asLong(-1) == parts.train().size();
    return new FoundData(
        new PageRows(parts.train().batch(), held == null ? null : held.batch()),
        same
            ? List.of()
            : List.of(
                "These are not as many images as the model was trained on; others are shown."));
  }
}
