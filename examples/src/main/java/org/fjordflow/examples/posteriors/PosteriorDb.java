package org.fjordflow.examples.posteriors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.zip.ZipInputStream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.inference.TargetDensity;

/** Eleven posteriors of posteriordb (Magnusson et al. 2024), with draws of a long run of Stan. */
public enum PosteriorDb {
  /** An autoregressive process. */
  ARK("arK-arK", data -> Autoregression.of(data.column("y"), 5)),
  /** Earnings by height. */
  EARN_HEIGHT(
      "earnings-earn_height",
      data ->
          Regression.of(
              columns(data.ones(), data.column("height")), data.column("earn"), PosteriorDb::flat)),
  /** Logarithms of earnings by height and sex. */
  LOGEARN_INTERACTION(
      "earnings-logearn_interaction",
      data ->
          Regression.of(
              columns(
                  data.ones(),
                  data.column("height"),
                  data.column("male"),
                  times(data.column("height"), data.column("male"))),
              map(data.column("earn"), Math::log),
              PosteriorDb::flat)),
  /** Eight schools, not centred. */
  EIGHT_SCHOOLS(
      "eight_schools-eight_schools_noncentered",
      data -> new EightSchools(data.column("y"), data.column("sigma"))),
  /** Test scores of children by their mothers' schooling and score. */
  KIDSCORE_INTERACTION(
      "kidiq-kidscore_interaction",
      data ->
          Regression.of(
              columns(
                  data.ones(),
                  data.column("mom_hs"),
                  data.column("mom_iq"),
                  times(data.column("mom_hs"), data.column("mom_iq"))),
              data.column("kid_score"),
              PosteriorDb::cauchy)),
  /** Test scores of children by their mothers' score. */
  KIDSCORE_MOMIQ(
      "kidiq-kidscore_momiq",
      data ->
          Regression.of(
              columns(data.ones(), data.column("mom_iq")),
              data.column("kid_score"),
              PosteriorDb::cauchy)),
  /** Summer temperatures by the year. */
  KILPISJARVI(
      "kilpisjarvi_mod-kilpisjarvi",
      data ->
          new Trend(
              columns(data.ones(), data.column("x")),
              data.column("y"),
              new double[] {data.number("pmualpha"), data.number("pmubeta")},
              new double[] {data.number("psalpha"), data.number("psbeta")})),
  /** A mixture of two normals. */
  GAUSS_MIX("low_dim_gauss_mix-low_dim_gauss_mix", data -> new TwoNormals(data.column("y"))),
  /** Logarithms of the weights of mesquite bushes by their sizes. */
  MESQUITE("mesquite-logmesquite_logvas", PosteriorDb::mesquite),
  /** A regression with correlated columns. */
  SBLRC("sblrc-blr", PosteriorDb::bayesian),
  /** A regression with independent columns. */
  SBLRI("sblri-blr", PosteriorDb::bayesian);

  private final String id;

  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private final Maker maker;

  PosteriorDb(String id, Maker maker) {
    this.id = id;
    this.maker = maker;
  }

  private interface Maker {
    TargetDensity make(Data data);
  }

  /** Returns the name in posteriordb. */
  public String id() {
    return id;
  }

  /**
   * Reads the data and makes the posterior.
   *
   * @param folder posteriordb
   */
  public TargetDensity target(Path folder) {
    String file = id.substring(0, id.indexOf('-')) + ".json.zip";
    return maker.make(new Data(zipped(folder.resolve("data").resolve(file))));
  }

  /** Returns what makes the reference's quantities from the parameters. */
  public UnaryOperator<double[]> reported() {
    return this == EIGHT_SCHOOLS ? EightSchools::reported : UnaryOperator.identity();
  }

  /** Returns the names of the reference's quantities, in the order of the parameters. */
  public List<String> quantities(TargetDensity target) {
    return target.parameters().names().stream().map(name -> name.replace("z[", "theta[")).toList();
  }

  /**
   * Reads the draws of one quantity.
   *
   * @param folder posteriordb
   * @param name of the quantity
   */
  public double[] reference(Path folder, String name) {
    JsonNode chains = zipped(folder.resolve("reference").resolve(id + ".json.zip"));
    List<Double> values = new ArrayList<>();
    chains.forEach(chain -> chain.get(name).forEach(value -> values.add(value.asDouble())));
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static JsonNode zipped(Path file) {
    try (InputStream in = Files.newInputStream(file);
        ZipInputStream zip = new ZipInputStream(in)) {
      zip.getNextEntry();
      return new ObjectMapper().readTree(zip.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a file of data has. */
  private record Data(JsonNode node) {
    double number(String name) {
      return node.get(name).asDouble();
    }

    double[] column(String name) {
      return array(node.get(name));
    }

    double[][] rows(String name) {
      double[][] rows = new double[node.get(name).size()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = array(node.get(name).get(i));
      }
      return rows;
    }

    double[] ones() {
      return map(new double[(int) number("N")], value -> 1);
    }

    private static double[] array(JsonNode values) {
      double[] result = new double[values.size()];
      for (int i = 0; i < result.length; i++) {
        result[i] = values.get(i).asDouble();
      }
      return result;
    }
  }

  private static TargetDensity mesquite(Data data) {
    double[] first = data.column("diam1");
    double[] second = data.column("diam2");
    double[] area = times(first, second);
    return Regression.of(
        columns(
            data.ones(),
            map(times(area, data.column("canopy_height")), Math::log),
            map(area, Math::log),
            map(times(first, map(second, value -> 1 / value)), Math::log),
            map(data.column("total_height"), Math::log),
            map(data.column("density"), Math::log),
            data.column("group")),
        map(data.column("weight"), Math::log),
        PosteriorDb::flat);
  }

  private static TargetDensity bayesian(Data data) {
    return Regression.of(
        data.rows("X"),
        data.column("y"),
        (tape, beta, sigma) ->
            tape.add(
                Normals.logDensity(tape, beta, 0, 10), Normals.logDensity(tape, sigma, 0, 10)));
  }

  private static Var flat(Tape tape, Var beta, Var sigma) {
    return tape.constant(new double[beta.rows()], beta.rows(), 1);
  }

  private static Var cauchy(Tape tape, Var beta, Var sigma) {
    return Normals.logCauchy(tape, sigma, 2.5);
  }

  private static double[] map(double[] values, DoubleUnaryOperator f) {
    return Arrays.stream(values).map(f).toArray();
  }

  private static double[] times(double[] a, double[] b) {
    double[] product = a.clone();
    for (int i = 0; i < product.length; i++) {
      product[i] *= b[i];
    }
    return product;
  }

  private static double[][] columns(double[]... columns) {
    double[][] rows = new double[columns[0].length][columns.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        rows[i][j] = columns[j][i];
      }
    }
    return rows;
  }
}
