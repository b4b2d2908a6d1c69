package org.fjordflow.inference.amortised;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.internal.Initializers;
import org.fjordflow.inference.amortised.Likelihood.Categorical;
import org.jspecify.annotations.Nullable;

/**
 * Softmax of logits {@code W f + b}, with the same W and b for the features f of every column. One
 * operation of the tape: of all that is computed, probabilities alone are kept for the sweep.
 *
 * @param weight levels x features
 * @param bias 1 x levels
 */
record CategoricalTerms(int columns, int levels, int features, Parameter weight, Parameter bias)
    implements LikelihoodTerms {

  static CategoricalTerms create(
      Categorical config, Parameters parameters, int columns, RandomGenerator random) {
    int levels = config.levels();
    int features = config.features();
    int count = parameters.require("likelihood.weight", levels, features);
    double[] initial = Initializers.linear(features, count, random);
    return new CategoricalTerms(
        columns,
        levels,
        features,
        parameters.add("likelihood.weight", initial, levels, features),
        parameters.add("likelihood.bias", new double[levels], levels));
  }

  @Override
  public int outputs() {
    return columns * features;
  }

  @Override
  public Var logProb(Tape tape, Var outputs, double[] x) {
    int n = outputs.rows();
    Var f = tape.reshape(outputs, n * columns, features);
    Var w = tape.parameter(weight);
    Var b = tape.parameter(bias);
    Softmax softmax = new Softmax(tape, f.value(), x);
    Matrix result = tape.take(n, 1);
    tape.backend().upload(softmax.sums(n), 0, result);
    return tape.custom(List.of(f, w, b), List.of(result), softmax::reverse).get(0);
  }

  /** Probabilities of the levels for rows of features. */
  private Matrix probabilities(Tape tape, Matrix f, Matrix logSums) {
    Backend backend = tape.backend();
    Matrix p = tape.take(f.rows(), levels);
    backend.gemm(false, true, 1, f, weight.value(), 0, p);
    backend.add(1, bias.value(), 1, p);
    backend.softmax(p, p, logSums);
    return p;
  }

  /** One evaluation. */
  private final class Softmax {
    private final Tape tape;
    private final Matrix p;
    private final double[] chosen;
    private final double[] rows;
    private final double[] w;
    private final double[] logs;
    private final Matrix f;

    Softmax(Tape tape, Matrix f, double[] x) {
      this.tape = tape;
      this.f = f;
      Backend backend = tape.backend();
      Matrix logSums = tape.take(f.rows(), 1);
      p = probabilities(tape, f, logSums);
      chosen = x;
      rows = Elements.of(backend, f);
      w = Elements.of(backend, weight.value());
      double[] b = Elements.of(backend, bias.value());
      logs = Elements.of(backend, logSums);
      for (int i = 0; i < logs.length; i++) {
        int level = (int) x[i];
        double logit = b[level];
        for (int j = 0; j < features; j++) {
          logit += w[level * features + j] * rows[i * features + j];
        }
        logs[i] = logit - logs[i];
      }
    }

    double[] sums(int n) {
      double[] sums = new double[n];
      for (int i = 0; i < logs.length; i++) {
        sums[i / columns] += logs[i];
      }
      return sums;
    }

    /** The adjoint of the logits is {@code bar (1[level] - p)}. */
    void reverse(List<Matrix> bars, List<@Nullable Matrix> targets) {
      Backend backend = tape.backend();
      double[] ofRow = Elements.of(backend, bars.get(0));
      double[] bar = new double[logs.length];
      Arrays.setAll(bar, i -> ofRow[i / columns]);
      Matrix column = tape.take(bar.length, 1);
      backend.upload(bar, 0, column);
      backend.multiply(1, p, column, 0, p);
      double[] toRows = new double[rows.length];
      double[] toWeight = new double[w.length];
      double[] toBias = new double[levels];
      for (int i = 0; i < bar.length; i++) {
        int level = (int) chosen[i];
        toBias[level] += bar[i];
        for (int j = 0; j < features; j++) {
          toRows[i * features + j] = bar[i] * w[level * features + j];
          toWeight[level * features + j] += bar[i] * rows[i * features + j];
        }
      }
      Matrix ofFeatures = targets.get(0);
      if (ofFeatures != null) {
        backend.gemm(false, false, -1, p, weight.value(), 1, ofFeatures);
        Elements.add(backend, toRows, ofFeatures);
      }
      Matrix ofWeight = targets.get(1);
      if (ofWeight != null) {
        backend.gemm(true, false, -1, p, f, 1, ofWeight);
        Elements.add(backend, toWeight, ofWeight);
      }
      Matrix ofBias = targets.get(2);
      if (ofBias != null) {
        backend.columnDots(-1, p, null, 1, ofBias);
        Elements.add(backend, toBias, ofBias);
      }
    }
  }

  private Matrix probabilities(Tape tape, Var outputs) {
    Var f = tape.reshape(outputs, outputs.rows() * columns, features);
    return probabilities(tape, f.value(), tape.take(f.rows(), 1));
  }

  @Override
  public double[] mean(Tape tape, Var outputs) {
    Matrix p = probabilities(tape, outputs);
    double[] values = new double[levels];
    Arrays.setAll(values, level -> level);
    Matrix column = tape.constant(values, levels, 1).value();
    Matrix means = tape.take(p.rows(), 1);
    tape.backend().gemm(false, false, 1, p, column, 0, means);
    return Elements.of(tape.backend(), means);
  }

  @Override
  public double[] sample(Tape tape, Var outputs, RandomGenerator random) {
    Matrix all = probabilities(tape, outputs);
    double[] values = new double[all.rows()];
    double[] p = new double[columns * levels];
    for (int i = 0; i < values.length; i++) {
      int at = i % columns;
      if (at == 0) {
        tape.backend().download(all.rows(i, i + columns), p, 0);
      }
      double left = random.nextDouble();
      int level = 0;
      while (level < levels - 1 && left >= p[at * levels + level]) {
        left -= p[at * levels + level];
        level++;
      }
      values[i] = level;
    }
    return values;
  }

  @Override
  public double input(double x) {
    return 2 * x / (levels - 1) - 1;
  }

  @Override
  public boolean isPossible(double x) {
    return LikelihoodTerms.isLevel(x, levels);
  }

  @Override
  public String possible() {
    return "whole numbers from 0 to " + (levels - 1);
  }
}
