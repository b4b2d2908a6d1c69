package org.fjordflow.cli.compare;

import java.awt.image.BufferedImage;
import org.fjordflow.cli.models.Chunks;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
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

  static BufferedImage draw(Model model, ComparisonData data, RandomStreams streams) {
    Flow flow = Chunks.flow(model);
    if (flow.dim() != 2) {
      double[][] samples = flow.sample(SAMPLES, Context.none(), streams.generator(Purpose.SAMPLES));
      return SamplesPicture.draw(data.shown(), samples, data.names());
    }
    return SideBySide.of(
        DensityPicture.draw(
            rows -> flow.logProb(rows, Context.none(), streams.generator(Purpose.PROBES)),
            Limits.around(data.shown()),
            CELLS),
        GridPicture.draw(
            rows -> flow.fromBase(rows, Context.none(), streams.generator(Purpose.PROBES)),
            GRID_EXTENT));
  }
}
