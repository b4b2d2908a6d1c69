package org.fjordflow.discrete;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.CouplingConfig.Mixing;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.Columns;
import org.fjordflow.discrete.internal.parts.DiagonalScaling;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;

/** Which columns of a flow are angles, and which are numbers. */
final class CircularColumns {

  /** From here on it matters which angles are moved together. */
  private static final int SEVERAL = 3;

  private final int dim;
  private final int[] angles;
  private final int[] numbers;

  CircularColumns(int dim, List<Integer> circular) {
    this.dim = dim;
    this.angles = circular.stream().mapToInt(Integer::intValue).toArray();
    this.numbers = IntStream.range(0, dim).filter(column -> !circular.contains(column)).toArray();
  }

  /**
   * Checks that the transform of a flow's columns is there and maps numbers.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it is absent, or one of
   *     angles
   */
  static void requireOfNumbers(@Nullable ColumnTransform transform) {
    ConfigChecks.require(
        transform != null && !transform.isOnCircle(),
        "transform",
        transform,
        "a transform of numbers; columns that are angles are named by circular");
  }

  /**
   * Checks the columns that are to be angles.
   *
   * @param circular Not modified.
   * @param transform of the other columns
   * @param normalizes whether the flow has layers that scale all columns
   * @return the same in ascending order
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for columns that there are not,
   *     transforms without a counterpart on the circle, or layers that scale
   */
  static List<Integer> checked(
      List<Integer> circular, int dim, ColumnTransform transform, boolean normalizes) {
    List<Integer> columns = ConfigChecks.columns("circular", circular, dim);
    if (!columns.isEmpty()) {
      transform.onCircle();
      ConfigChecks.require(
          !normalizes, "circular", columns, "none beside batch normalisation or scaling");
    }
    return columns;
  }

  /** Draws a permutation of the angles among themselves, and of the numbers. */
  Permutation permutation(Parameters parameters, String name, RandomGenerator random) {
    return Permutation.random(parameters, name, dim, random, angles, numbers);
  }

  /**
   * Makes a coupling flow. Each half has half of the angles, and the halves are moved in turn. A
   * linear map and drawn permutations are those of numbers alone; angles of both halves are
   * exchanged before every second layer. The base has the data's order of columns.
   */
  static Bijection coupling(CouplingConfig config, Parameters parameters, RandomGenerator random) {
    CircularColumns data = new CircularColumns(config.dim(), config.circular());
    int[] order = data.halves();
    Permutation toHalves = Permutation.of(order);
    int[] back = toHalves.positions();
    List<Integer> circular = config.circular().stream().map(column -> back[column]).toList();
    CircularColumns halves = new CircularColumns(config.dim(), circular.stream().sorted().toList());
    Columns columns = Columns.of(config.dim(), config.transform(), circular);
    List<Bijection> parts = new ArrayList<>(List.of(toHalves));
    for (int i = 0; i < config.layers(); i++) {
      halves.addMixing(parts, config.mixing(), i, parameters, random);
      parts.add(config.layer(i, columns, i % 2 == 1, parameters, random));
    }
    parts.add(Permutation.of(back));
    return new Composition(parts);
  }

  /** The data's columns of the first half, which is not larger, then of the second. */
  private int[] halves() {
    int fewer = angles.length / 2;
    int others = dim / 2 - fewer;
    List<Integer> order = new ArrayList<>();
    add(order, numbers, 0, others);
    add(order, angles, 0, fewer);
    add(order, numbers, others, numbers.length);
    add(order, angles, fewer, angles.length);
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void add(List<Integer> order, int[] columns, int from, int to) {
    for (int i = from; i < to; i++) {
      order.add(columns[i]);
    }
  }

  private void addMixing(
      List<Bijection> parts,
      Mixing mixing,
      int layer,
      Parameters parameters,
      RandomGenerator random) {
    if (mixing == Mixing.ALTERNATE || mixing == Mixing.INTERLEAVED) {
      return;
    }
    String name = "layers." + layer;
    boolean exchanges = layer % 2 == 0 && layer > 0 && angles.length >= SEVERAL;
    int[] exchanged = exchanges ? angles : new int[0];
    parts.add(
        Permutation.random(parameters, name + ".permutation", dim, random, exchanged, numbers));
    if (numbers.length > 0) {
      List<Bijection> linear = new ArrayList<>();
      if (mixing == Mixing.NORMALIZED_LINEAR) {
        linear.add(ActNorm.create(parameters, name + ".norm", numbers.length));
      }
      linear.add(
          numbers.length == 1
              ? DiagonalScaling.create(parameters, name + ".linear", 1)
              : LuLinear.create(parameters, name + ".linear", numbers.length));
      parts.add(MultiScale.of(dim, numbers, new Composition(linear)));
      int[] numbersFirst = IntStream.concat(IntStream.of(numbers), IntStream.of(angles)).toArray();
      parts.add(Permutation.of(Permutation.of(numbersFirst).positions()));
    }
  }
}
