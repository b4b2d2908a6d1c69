package org.fjordflow.core.model;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.parts.CircularBase;
import org.fjordflow.core.flow.internal.parts.MixtureBase;
import org.fjordflow.core.flow.internal.parts.NormalBase;
import org.fjordflow.core.flow.internal.parts.StudentTBase;
import org.fjordflow.core.flow.internal.parts.UnknownBase;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;

/**
 * What a flow's base is. As JSON, {@code type} says which record it is: {@code normal}, {@code
 * diagonal-normal}, {@code student-t}, {@code mixture}, {@code uniform}, {@code source}. A base of
 * your own is a record that implements this, with a name from a {@link NamedConfigs} service in its
 * jar; its components become JSON.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface BaseConfig {

  /**
   * Creates the base.
   *
   * @param parameters where its trained values are added; their names begin with {@code base.}.
   *     Modified.
   * @param dim number of columns
   * @param random source of the initial values
   * @return the base; gradients reach its parameters through log-densities and through rows that
   *     are drawn on a tape
   * @throws FjordException INVALID_CONFIGURATION if there are as many columns as it is not made for
   */
  Distribution create(Parameters parameters, int dim, RandomGenerator random);

  /**
   * Creates the base of a flow some of whose columns are angles: they are uniform on the circle,
   * and this is the base of the others.
   *
   * @param parameters as above. Modified.
   * @param dim number of columns, angles included
   * @param circular which columns are angles, from 0, in ascending order; without any this is
   *     {@link #create(Parameters, int, RandomGenerator)}
   * @param random source of the initial values
   * @return the base; densities are with respect to angles in radians, and a finite angle off by
   *     turns has the density that it has without them
   * @throws FjordException as above, for the number of the other columns; INVALID_CONFIGURATION for
   *     columns that there are not
   */
  default Distribution create(
      Parameters parameters, int dim, List<Integer> circular, RandomGenerator random) {
    if (circular.isEmpty()) {
      return create(parameters, dim, random);
    }
    List<Integer> angles = ConfigChecks.columns("circular", circular, dim);
    Distribution others =
        angles.size() == dim ? null : create(parameters, dim - angles.size(), random);
    return new CircularBase(dim, angles, others);
  }

  /** The standard normal: nothing is trained. */
  record Normal() implements BaseConfig {

    @Override
    public Distribution create(Parameters parameters, int dim, RandomGenerator random) {
      return org.fjordflow.core.flow.DiagonalNormal.standard(dim);
    }
  }

  /**
   * Independent normals with trained means and deviations, the standard normal at first. Trained
   * are {@code base.location} and {@code base.log_scale}, one a column; the scale is {@code exp(20
   * tanh(log_scale / 20))}, so that it is neither zero nor infinite.
   */
  record DiagonalNormal() implements BaseConfig {

    @Override
    public Distribution create(Parameters parameters, int dim, RandomGenerator random) {
      return NormalBase.create(parameters, dim);
    }
  }

  /**
   * Independent Student's t, one a column, with trained degrees of freedom, location and scale: for
   * heavy tails, which a flow that maps far rows linearly cannot make of a normal (Jaini et al.
   * 2020). Trained are {@code base.raw_degrees}, {@code base.location} and {@code base.log_scale};
   * the scale is that of {@link DiagonalNormal}, the degrees are {@code 1/2 + log(1 +
   * exp(raw_degrees))}. With fewer than half a degree, samples would soon be beyond float32.
   *
   * @param degrees of freedom at first, of each column: more than 1/2; 1 is Cauchy's distribution
   */
  record StudentT(double degrees) implements BaseConfig {

    /**
     * Checks the degrees.
     *
     * @throws FjordException INVALID_CONFIGURATION if they are not more than 1/2, or more than 1e6
     */
    public StudentT {
      ConfigChecks.require(
          degrees > StudentTBase.LEAST_DEGREES && degrees <= 1e6,
          "degrees",
          degrees,
          "a number greater than 0.5, of at most 1e6");
    }

    @Override
    public Distribution create(Parameters parameters, int dim, RandomGenerator random) {
      return StudentTBase.create(parameters, dim, degrees);
    }
  }

  /**
   * A mixture of diagonal normals with trained weights, means and deviations. Trained are {@code
   * base.logits}, one a component, whose softmax are the weights, and {@code base.location} and
   * {@code base.log_scale} of {@link DiagonalNormal}, a row a component. Weights begin equal,
   * deviations at 1, means drawn from the standard normal.
   *
   * @param components at least 1
   */
  record Mixture(int components) implements BaseConfig {

    /**
     * Checks the number.
     *
     * @throws FjordException INVALID_CONFIGURATION if there is no component
     */
    public Mixture {
      ConfigChecks.require(components > 0, "components", components, "at least 1");
    }

    @Override
    public Distribution create(Parameters parameters, int dim, RandomGenerator random) {
      return MixtureBase.create(parameters, dim, components, random);
    }
  }

  /**
   * Whatever the rows of a source came from, where a flow carries one sample to another: its
   * density is unknown, so that such a flow maps rows, and neither scores nor draws any. Both throw
   * UNSUPPORTED, and say so.
   */
  record Source() implements BaseConfig {

    @Override
    public Distribution create(Parameters parameters, int dim, RandomGenerator random) {
      return new UnknownBase(dim);
    }
  }

  /**
   * The uniform distribution on a box: nothing is trained. The density is zero outside, so the flow
   * before it has to end in the box, as one that ends in a sigmoid does.
   *
   * @param low least values: one for all columns, or one a column
   * @param high greatest values, as many
   */
  record Uniform(List<Double> low, List<Double> high) implements BaseConfig {

    /**
     * Checks the sides.
     *
     * @throws FjordException INVALID_CONFIGURATION if there are not as many of both, or a side is
     *     not positive and finite
     */
    public Uniform {
      low = ConfigChecks.list("low", low);
      high = ConfigChecks.list("high", high);
      ConfigChecks.require(
          !low.isEmpty() && low.size() == high.size(),
          "high",
          high,
          "as many values as low, which has " + low.size());
      for (int j = 0; j < low.size(); j++) {
        double side = high.get(j) - low.get(j);
        ConfigChecks.require(
            side > 0 && side < Double.POSITIVE_INFINITY,
            "high",
            high,
            "finite numbers greater than those of low, " + low);
      }
    }

    /** The same sides for all columns. */
    public static Uniform of(double low, double high) {
      return new Uniform(List.of(low), List.of(high));
    }

    @Override
    public Distribution create(Parameters parameters, int dim, RandomGenerator random) {
      return new org.fjordflow.core.flow.Uniform(sides("low", low, dim), sides("high", high, dim));
    }

    private static double[] sides(String name, List<Double> values, int dim) {
      ConfigChecks.require(
          values.size() == 1 || values.size() == dim, name, values, "1 or " + dim + " values");
      double[] all = new double[dim];
      Arrays.setAll(all, j -> values.get(values.size() == 1 ? 0 : j));
      return all;
    }
  }
}
