package org.fjordflow.examples;

import org.fjordflow.inference.amortised.PosteriorFlow;

/** The posteriors that {@link VaeImages} and {@link VaeTable} know. */
enum VaePosterior {
  NONE,
  PLANAR,
  PLANAR10,
  PLANAR40,
  RADIAL,
  IAF,
  SYLVESTER,
  HOUSEHOLDER,
  FFJORD;

  PosteriorFlow flow() {
    return switch (this) {
      case NONE -> PosteriorFlow.none();
      case PLANAR -> PosteriorFlow.planar(4);
      case PLANAR10 -> PosteriorFlow.planar(10);
      case PLANAR40 -> PosteriorFlow.planar(40);
      case RADIAL -> PosteriorFlow.radial(4);
      case IAF -> PosteriorFlow.inverseAutoregressive(4, 320);
      case SYLVESTER -> PosteriorFlow.orthogonalSylvester(4, 8);
      case HOUSEHOLDER -> PosteriorFlow.householderSylvester(4, 8, 8);
      case FFJORD -> PosteriorFlow.continuous(1, 4, 64, 64);
    };
  }
}
