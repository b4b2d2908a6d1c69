package org.fjordflow.examples;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.EndTime;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/**
 * A vector field of one's own: a damped pendulum whose friction could be trained. It is written as
 * a plain function; its Jacobian-vector products, gradients and density follow from that.
 */
public final class CustomField {

  private CustomField() {}

  /**
   * The pendulum z = [angle, speed]: {@code angle' = speed, speed' = -sin(angle) - friction speed}.
   */
  static VectorField pendulum(Parameter friction) {
    return (tape, t, z, context) -> {
      Var angle = tape.columns(z, 0, 1);
      Var speed = tape.columns(z, 1, 2);
      Var drag = tape.multiply(speed, tape.parameter(friction));
      Var pull = tape.apply(Elementwise.SIN, angle);
      return tape.concat(speed, tape.sum(-1, pull, -1, drag));
    };
  }

  /** Runs the example. */
  public static void main(String[] args) {
    Result result = run(0.3, new double[] {1, 0.5}, new double[] {0, 1}, 2);
    System.out.println("f(z)                        " + Arrays.toString(result.value()));
    System.out.println("J v                         " + Arrays.toString(result.jacobianVector()));
    System.out.println("gradient of |f|^2 for z     " + Arrays.toString(result.stateGradient()));
    System.out.println("gradient for the friction   " + result.frictionGradient());
    System.out.println("log-density of z            " + result.logProb());
  }

  /**
   * What the example computes.
   *
   * @param value f(z)
   * @param jacobianVector (df/dz) v
   * @param stateGradient of |f(z)|^2
   * @param frictionGradient of |f(z)|^2
   * @param image where the field takes z
   * @param logProb log-density of z, if where it ends is standard normal
   */
  @SuppressWarnings("ArrayRecordComponent") // printed, not compared
  record Result(
      double[] value,
      double[] jacobianVector,
      double[] stateGradient,
      double frictionGradient,
      double[] image,
      double logProb) {}

  static Result run(double friction, double[] z, double[] v, double endTime) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      Parameter trained = parameters.add("friction", new double[] {friction});
      VectorField field = pendulum(trained);

      // f and J v: z goes in with its tangent v below it, and the tangent of f comes out.
      Tape tape = Tape.recording(backend);
      Matrix stack = tape.take(2, 2);
      backend.upload(z, 0, stack.rows(0, 1));
      backend.upload(v, 0, stack.rows(1, 2));
      Var state = tape.input(stack, 1);
      Var f = field.apply(tape, tape.constant(0), state, null);

      // The gradient of a scalar made from f, for the state and for the parameter.
      Var value = tape.value(f);
      tape.backward(tape.rowSum(tape.multiply(value, value)));
      double[] fValue = toArray(backend, f.value());
      double[] product = toArray(backend, f.tangent(0));
      double[] stateGradient = toArray(backend, state.gradient());

      // The field as a flow: integrated with the trace of its Jacobian.
      EndTime end = new EndTime.Fixed(endTime);
      ContinuousFlow bijection = new ContinuousFlow(2, 0, field, end, SolveSettings.exact());
      Flow flow = new Flow(DiagonalNormal.standard(2), bijection, backend);
      RandomGenerator unused = new RandomStreams(1).generator(Purpose.PROBES); // the trace is exact
      double[][] rows = {z};
      double[] image = flow.toBase(rows, Context.none(), unused)[0];
      double logProb = flow.logProb(rows, Context.none(), unused)[0];
      return new Result(fValue, product, stateGradient, parameters.gradient()[0], image, logProb);
    }
  }

  private static double[] toArray(Backend backend, Matrix matrix) {
    double[] values = new double[matrix.size()];
    backend.download(matrix, values, 0);
    return values;
  }
}
