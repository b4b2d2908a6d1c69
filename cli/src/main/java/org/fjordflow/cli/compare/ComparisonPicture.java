package org.fjordflow.cli.compare;

import java.awt.image.BufferedImage;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.report.DensityPicture;
import org.fjordflow.report.GridPicture;
import org.fjordflow.report.Limits;
import org.fjordflow.report.SamplesPicture;
import org.fjordflow.report.SideBySide;

/** The one picture of a model: in the plane its density and the bent grid, else samples. */
final class ComparisonPicture {

  private static final int SAMPLES = 5_000;
  private static final int CELLS = 200;
  private static final double GRID_EXTENT = 3;

  private ComparisonPicture() {}

  static BufferedImage draw(FlowModel model, ComparisonData data, RandomStreams streams) {
    if (model.dim() != 2) {
      double[][] samples =
          model.sample(SAMPLES, Context.none(), streams.generator(Purpose.SAMPLES));
      return SamplesPicture.draw(data.shown(), samples, data.names());
    }
    return SideBySide.of(
        DensityPicture.draw(
            rows -> model.score(rows, Context.none(), streams.generator(Purpose.PROBES)).logProb(),
            Limits.around(data.shown()),
            CELLS),
        GridPicture.draw(rows -> model.fromBase(rows, Context.none()), GRID_EXTENT));
  }
}
