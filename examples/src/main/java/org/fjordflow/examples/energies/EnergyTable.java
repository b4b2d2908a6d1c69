package org.fjordflow.examples.energies;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.fjordflow.examples.energies.Quadrature.Comparison;
import org.fjordflow.inference.VariationalPosterior;
import org.fjordflow.model.FlowModel;
import org.fjordflow.report.DensityFunction;
import org.fjordflow.report.DensitySheet;
import org.fjordflow.report.Interval;
import org.fjordflow.report.Limits;
import org.fjordflow.report.PictureWriter;

/**
 * Fits the four energies of Rezende and Mohamed (2015) by planar layers, NICE and default options,
 * measures KL(q || p) on a grid, and draws their figure 3. Arguments: {@code steps=N}, {@code
 * seed=N}, {@code picture=FILE.png}, and the energies' names for some of them.
 */
public final class EnergyTable {

  private static final int STEPS = 4000;
  private static final int CELLS = 120;

  /** Where densities are summed up: all have ended there, and nothing is narrower than 7 cells. */
  private static final Quadrature GRID = new Quadrature(8, 401);

  private EnergyTable() {}

  /** Prints a line for each energy and flow. */
  public static void main(String[] args) {
    int steps = STEPS;
    long seed = 0;
    Path picture = null;
    List<Energy> energies = new ArrayList<>();
    for (String arg : args) {
      String value = arg.substring(arg.indexOf('=') + 1);
      if (arg.startsWith("steps=")) {
        steps = Integer.parseInt(value);
      } else if (arg.startsWith("seed=")) {
        seed = Long.parseLong(value);
      } else if (arg.startsWith("picture=")) {
        picture = Path.of(value);
      } else {
        energies.add(Energy.valueOf(arg));
      }
    }
    System.out.println(
        "| energy | flow | KL(q, p) by quadrature | integral of q | KL by draws | k | s |");
    System.out.println("|---|---|---|---|---|---|---|");
    List<FlowModel> models = new ArrayList<>();
    List<List<DensityFunction>> rows = new ArrayList<>();
    List<Energy> chosen = energies.isEmpty() ? List.of(Energy.values()) : energies;
    for (Energy energy : chosen) {
      List<DensityFunction> row = new ArrayList<>(List.of(energy::logDensity));
      for (EnergyFlow flow : EnergyFlow.all()) {
        VariationalPosterior fitted = flow.fit(energy, steps, seed);
        models.add(fitted.model());
        row.add(fitted.model()::logProb);
        System.out.println(line(energy, flow, fitted));
      }
      rows.add(row);
    }
    if (picture != null) {
      List<String> columns = new ArrayList<>(List.of("p"));
      EnergyFlow.all().forEach(flow -> columns.add(flow.toString()));
      Limits limits = new Limits(new Interval(-4, 4), new Interval(-4, 4));
      List<String> names = chosen.stream().map(Energy::name).toList();
      PictureWriter.write(picture, DensitySheet.draw(rows, names, columns, limits, CELLS));
    }
    models.forEach(FlowModel::close);
  }

  private static String line(Energy energy, EnergyFlow flow, VariationalPosterior fitted) {
    Comparison comparison = GRID.compare(fitted.model()::logProb, energy::logDensity);
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.4f | %.4f | %.4f ± %.4f | %.2f | %.0f |",
        energy,
        flow,
        comparison.divergence(),
        comparison.mass(),
        GRID.logIntegral(energy::logDensity) - fitted.elbo().value(),
        fitted.elbo().error(),
        fitted.paretoK(),
        fitted.seconds());
  }
}
