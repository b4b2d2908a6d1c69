package org.fjordflow.examples.energies;

import java.util.Locale;
import org.fjordflow.examples.energies.Quadrature.Comparison;
import org.fjordflow.inference.VariationalPosterior;

public final class EnergyTable {
  public static void main(String[] args) {
    int steps = Integer.parseInt(args[0]);
    Quadrature q = new Quadrature(8, Integer.getInteger("points", 201));
    for (int a = 1; a < args.length; a++) {
      Energy e = Energy.valueOf(args[a]);
      double z = q.logIntegral(e::logDensity);
      System.out.println(e + " log Z " + z + " " + new Quadrature(8, 401).logIntegral(e::logDensity));
      for (EnergyFlow f : EnergyFlow.all()) {
        if (!f.toString().matches(System.getProperty("f", ".*"))) continue;
        try (VariationalPosterior p = f.fit(e, steps, 0)) {
          double fitted = p.seconds();
          long t = System.nanoTime();
          Comparison c = q.compare(p.model()::logProb, e::logDensity);
          System.out.printf(Locale.ROOT, "%s %s KL %.4f mass %.4f  MC %.4f +- %.4f  k %.2f  %s  fit %.1f s quad %.1f s%n", e, f, c.divergence(), c.mass(), z - p.elbo().value(), p.elbo().error(), p.paretoK(), p.end().text(), fitted, (System.nanoTime() - t) * 1e-9);
        }
      }
    }
  }
}
