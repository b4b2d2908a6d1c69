package org.fjordflow.nd4j;

import org.fjordflow.core.backend.Elementwise;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarAdd;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarReverseDivision;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarReverseSubtraction;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.same.Square;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Cos;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Expm1;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sin;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The functions of {@link Elementwise} and their derivatives in ND4J ops.
 *
 * <p>ND4J's own softplus overflows, its min and max with a number drop NaN, and its ops with a NaN
 * number as argument replace it; everything here is composed of ops that do none of this.
 */
final class Nd4jFunctions {
  private static final int SLOT_A = 2;
  private static final int SLOT_B = 3;

  private final Nd4jMemory memory;

  Nd4jFunctions(Nd4jMemory memory) {
    this.memory = memory;
  }

  /**
   * Computes y = f(x) and its derivatives.
   *
   * @param x Not modified; shares no memory with the others.
   * @param y Modified.
   * @param first Modified; not null where {@code second} is not.
   * @param second Modified.
   */
  void apply(
      Elementwise f, INDArray x, INDArray y, @Nullable INDArray first, @Nullable INDArray second) {
    value(f, x, y);
    if (first != null) {
      first(f, x, y, first);
    }
    if (first != null && second != null) {
      second(f, x, y, first, second);
    }
  }

  private void value(Elementwise f, INDArray x, INDArray y) {
    switch (f) {
      case IDENTITY -> y.assign(x);
      case TANH -> Nd4j.exec(new Tanh(x, y));
      case SIGMOID -> Nd4j.exec(new Sigmoid(x, y));
      case SOFTPLUS -> {
        Nd4j.exec(new Abs(x, y));
        Nd4j.exec(new Negative(y, y));
        Nd4j.exec(new Exp(y, y));
        Nd4j.exec(new Log1p(y, y));
        y.addi(positivePart(x, like(x, SLOT_A)));
      }
      case ELU -> {
        INDArray negative = negativePart(x, like(x, SLOT_A));
        Nd4j.exec(new Expm1(negative, negative));
        positivePart(x, y).addi(negative);
      }
      case SWISH -> Nd4j.exec(new Sigmoid(x, y)).muli(x);
      case RELU -> positivePart(x, y);
      case SQUARE -> Nd4j.exec(new Square(x, y));
      case EXP -> Nd4j.exec(new Exp(x, y));
      case LOG -> Nd4j.exec(new Log(x, y));
      case RECIPROCAL -> Nd4j.exec(new ScalarReverseDivision(x, null, y, 1));
      case SQRT -> Nd4j.exec(new Sqrt(x, y));
      case SIN -> Nd4j.exec(new Sin(x, y));
      case COS -> Nd4j.exec(new Cos(x, y));
    }
  }

  private void first(Elementwise f, INDArray x, INDArray y, INDArray first) {
    switch (f) {
      case IDENTITY -> first.assign(1);
      case TANH -> oneMinus(Nd4j.exec(new Square(y, first)), first);
      case SIGMOID -> oneMinus(y, first).muli(y);
      case SOFTPLUS -> Nd4j.exec(new Sigmoid(x, first));
      case ELU -> Nd4j.exec(new Exp(negativePart(x, first), first));
      case SWISH -> {
        complement(x, first).muli(x);
        plus(first, 1).muli(Nd4j.exec(new Sigmoid(x, like(x, SLOT_A))));
      }
      case RELU -> {
        // The step of NaN is 0: NaN goes through 0 tanh(x).
        scale(Nd4j.exec(new Tanh(x, first)), 0, first);
        first.addi(Nd4j.exec(new Step(x, like(x, SLOT_A), 0)));
      }
      case SQUARE -> scale(x, 2, first);
      case EXP -> first.assign(y);
      case LOG -> Nd4j.exec(new ScalarReverseDivision(x, null, first, 1));
      case RECIPROCAL -> {
        Nd4j.exec(new Square(y, first));
        Nd4j.exec(new Negative(first, first));
      }
      case SQRT -> Nd4j.exec(new ScalarReverseDivision(y, null, first, 0.5));
      case SIN -> Nd4j.exec(new Cos(x, first));
      case COS -> {
        Nd4j.exec(new Sin(x, first));
        Nd4j.exec(new Negative(first, first));
      }
    }
  }

  private void second(Elementwise f, INDArray x, INDArray y, INDArray first, INDArray second) {
    switch (f) {
      case IDENTITY -> second.assign(0);
      case TANH -> scale(first, -2, second).muli(y);
      case SIGMOID -> plus(scale(y, -2, second), 1).muli(first);
      case SOFTPLUS -> oneMinus(first, second).muli(first);
      case ELU -> oneMinus(Nd4j.exec(new Step(x, second, 0)), second).muli(first);
      case SWISH -> {
        INDArray s = Nd4j.exec(new Sigmoid(x, like(x, SLOT_A)));
        INDArray c = complement(x, like(x, SLOT_B));
        c.subi(s, second).muli(x);
        plus(second, 2).muli(s).muli(c);
      }
      case RELU -> scale(Nd4j.exec(new Tanh(x, second)), 0, second);
      case SQUARE -> second.assign(2);
      case EXP -> second.assign(y);
      case LOG -> {
        Nd4j.exec(new Square(first, second));
        Nd4j.exec(new Negative(second, second));
      }
      case RECIPROCAL -> scale(first, -2, second).muli(y);
      case SQRT -> scale(first, -0.5, second).divi(x);
      case SIN, COS -> Nd4j.exec(new Negative(y, second));
    }
  }

  private INDArray like(INDArray x, int slot) {
    return memory.scratch(slot, (int) x.size(0), (int) x.size(1));
  }

  /** out = alpha x, also for an alpha that is NaN. */
  static INDArray scale(INDArray x, double alpha, INDArray out) {
    return Nd4j.exec(new ScalarMultiplication(x, null, out, alpha));
  }

  private static INDArray plus(INDArray x, double summand) {
    return Nd4j.exec(new ScalarAdd(x, null, x, summand));
  }

  private static INDArray oneMinus(INDArray x, INDArray out) {
    return Nd4j.exec(new ScalarReverseSubtraction(x, null, out, 1));
  }

  /** out = max(x, 0). */
  private static INDArray positivePart(INDArray x, INDArray out) {
    return Nd4j.exec(new RectifiedLinear(x, out, 0));
  }

  /** out = min(x, 0). */
  private static INDArray negativePart(INDArray x, INDArray out) {
    Nd4j.exec(new Negative(x, out));
    Nd4j.exec(new RectifiedLinear(out, out, 0));
    return Nd4j.exec(new Negative(out, out));
  }

  /** out = sigmoid(-x), which keeps its relative accuracy where 1 - sigmoid(x) does not. */
  private static INDArray complement(INDArray x, INDArray out) {
    Nd4j.exec(new Negative(x, out));
    return Nd4j.exec(new Sigmoid(out, out));
  }
}
