package org.fjordflow.examples;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.parts.Bijections;
import org.fjordflow.discrete.transform.ColumnTransform;

/** Flows of images, from dequantised pixels to a standard normal. */
enum ImageModel {
  /** Masked autoregressive layers on a row of pixels, which are first brought to a similar size. */
  MAF(5, 512) {
    @Override
    Flow create(
        ImageShape shape, ImageSettings settings, Parameters parameters, RandomGenerator random) {
      int dim = shape.size();
      Composition bijection =
          new Composition(
              List.of(
                  Bijections.actNorm(parameters, "pixels", dim),
                  Flows.maf(dim, settings.layers(), settings.hidden())
                      .bijection(parameters, random)));
      return new Flow(DiagonalNormal.standard(dim), bijection, parameters.backend())
          .withChunkRows(CHUNK_ROWS);
    }
  },

  /** Glow. */
  GLOW(8, 64) {
    @Override
    Flow create(
        ImageShape shape, ImageSettings settings, Parameters parameters, RandomGenerator random) {
      return Flows.glow(shape, settings.levels(), settings.layers(), settings.hidden())
          .withTransform(ColumnTransform.affine(settings.bound()))
          .create(parameters, random);
    }
  };

  private static final int CHUNK_ROWS = 500;

  private final int usualLayers;
  private final int usualHidden;

  ImageModel(int usualLayers, int usualHidden) {
    this.usualLayers = usualLayers;
    this.usualHidden = usualHidden;
  }

  /** Returns the number of layers that is taken where none is given. */
  int usualLayers() {
    return usualLayers;
  }

  /** Returns the hidden size that is taken where none is given. */
  int usualHidden() {
    return usualHidden;
  }

  /** Makes a flow whose data-dependent parts still want their initialisation. */
  abstract Flow create(
      ImageShape shape, ImageSettings settings, Parameters parameters, RandomGenerator random);
}
