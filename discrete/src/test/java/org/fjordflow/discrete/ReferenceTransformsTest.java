package org.fjordflow.discrete;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.TestData;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.layers.Planar;
import org.fjordflow.discrete.internal.layers.Radial;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values by normflows (planar, radial) and nflows (splines); see the README beside the file. */
final class ReferenceTransformsTest {

  private static final double TOLERANCE = 1e-10;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final SafetensorsFile file =
      SafetensorsFile.read(TestData.resource("reference/transforms.safetensors"));

  @AfterEach
  void close() {
    backend.close();
  }

  private double[] values(String name) {
    return file.tensor(name).values();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void planar(int k) {
    Bijection planar = Planar.create(parameters, "p", 3, 0, new SplittableRandom(1));
    String name = "planar." + k;
    set("p.u", values(name + ".u"));
    set("p.w", values(name + ".w"));
    set("p.b", values(name + ".b"));
    compare(planar, name);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void radial(int k) {
    Bijection radial = Radial.create(parameters, "r", 3, 0, new SplittableRandom(1));
    String name = "radial." + k;
    set("r.z0", values(name + ".z0"));
    set("r.alpha", values(name + ".alpha"));
    set("r.beta", values(name + ".beta"));
    compare(radial, name);
  }

  private void set(String parameter, double[] values) {
    for (Parameters.Entry entry : parameters.entries()) {
      if (entry.parameter().name().equals(parameter)) {
        backend.upload(values, 0, entry.parameter().value());
      }
    }
  }

  private void compare(Bijection bijection, String name) {
    double[] z = values(name + ".z");
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, new SplittableRandom(1));
    Transformed y = bijection.forward(pass, tape.constant(z, z.length / 3, 3), null);
    compare(values(name + ".y"), y.value());
    compare(values(name + ".log_det"), Objects.requireNonNull(y.logDet()).value());
    Transformed back = bijection.inverse(pass, y.value(), null);
    compare(z, back.value());
    compare(negative(values(name + ".log_det")), Objects.requireNonNull(back.logDet()).value());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void splines(int k) {
    String name = "rqs." + k;
    double[] widths = values(name + ".widths");
    double[] heights = values(name + ".heights");
    double[] derivatives = values(name + ".derivatives");
    double[] x = values(name + ".x");
    int bins = widths.length / x.length;
    double[] all = new double[x.length * (3 * bins - 1)];
    for (int i = 0; i < x.length; i++) {
      int at = i * (3 * bins - 1);
      System.arraycopy(widths, i * bins, all, at, bins);
      System.arraycopy(heights, i * bins, all, at + bins, bins);
      System.arraycopy(derivatives, i * (bins - 1), all, at + 2 * bins, bins - 1);
    }
    ColumnTransform spline = ColumnTransform.spline(bins, values(name + ".tail_bound")[0]);
    Tape tape = Tape.evaluating(backend);
    Var parameters = tape.constant(all, x.length, 3 * bins - 1);
    Transformed y = spline.forward(tape, tape.constant(x, x.length, 1), parameters);
    compare(values(name + ".y"), y.value());
    compare(values(name + ".log_det"), Objects.requireNonNull(y.logDet()).value());
    Transformed back = spline.inverse(tape, y.value(), parameters);
    compare(x, back.value());
    compare(negative(values(name + ".log_det")), Objects.requireNonNull(back.logDet()).value());
  }

  private static double[] negative(double[] values) {
    return Arrays.stream(values).map(v -> -v).toArray();
  }

  private void compare(double[] expected, Var got) {
    assertArrayEquals(expected, Elements.of(backend, got.value()), TOLERANCE);
  }

  /** z = (1, 2): 1 + 1 + 0.1 is the argument of tanh, and w'u = 0.35. */
  @Test
  void thePlanarExampleWithoutTheConstraint() {
    Bijection planar = Planar.create(parameters, "p", 2, 0, false, new SplittableRandom(1));
    set("p.u", new double[] {0.5, -0.3});
    set("p.w", new double[] {1, 0.5});
    set("p.b", new double[] {0.1});
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, new SplittableRandom(1));
    Transformed y = planar.forward(pass, tape.constant(new double[] {1, 2}, 1, 2), null);
    assertArrayEquals(new double[] {1.485, 1.709}, Elements.of(backend, y.value().value()), 5e-4);
    Estimate logDet = y.logDet();
    assertNotNull(logDet);
    assertEquals(1.020, Math.exp(Elements.of(backend, logDet.value().value())[0]), 5e-4);
    double t = Math.tanh(2.1);
    assertArrayEquals(
        new double[] {1 + 0.5 * t, 2 - 0.3 * t}, Elements.of(backend, y.value().value()), 1e-15);
    assertEquals(
        Math.log(1 + 0.35 * (1 - t * t)), Elements.of(backend, logDet.value().value())[0], 1e-15);
  }
}
