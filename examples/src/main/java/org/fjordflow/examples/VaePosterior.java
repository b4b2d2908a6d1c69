package org.fjordflow.examples;

import org.fjordflow.inference.amortised.PosteriorFlow;

/** The posteriors that {@link VaeImages} and {@link VaeTable} know. */
enum VaePosterior {
  NONE(PosteriorFlow.none()),
  PLANAR(PosteriorFlow.planar(4)),
  PLANAR10(PosteriorFlow.planar(10)),
  PLANAR40(PosteriorFlow.planar(40)),
  RADIAL(PosteriorFlow.radial(4)),
  IAF(PosteriorFlow.inverseAutoregressive(4, 320)),
  SYLVESTER(PosteriorFlow.orthogonalSylvester(4, 8)),
  HOUSEHOLDER(PosteriorFlow.householderSylvester(4, 8, 8)),
  FFJORD(PosteriorFlow.continuous(1, 4, 64, 64));

  private final PosteriorFlow flow;

  VaePosterior(PosteriorFlow flow) {
    this.flow = flow;
  }

  PosteriorFlow flow() {
    return flow;
  }
}
