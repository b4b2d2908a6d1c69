package org.fjordflow.cnf.internal.field;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.Linearization;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.jspecify.annotations.Nullable;

/**
 * A field with its divergence as a system of equations for one batch. The state is [z | l | e]: n x
 * dim positions, then n x estimates integrals of the divergence (none where log-determinants are
 * not wanted), then n integrals of the energy penalty (none where there is no penalty). A part of
 * it has the same layout, for some of the rows.
 */
public final class FieldSystem implements PartitionedOdeSystem {

  /** Name of a group of components. */
  public static final String POSITIONS = "positions";

  /** Name of a group of components. */
  public static final String LOG_DETERMINANTS = "log-determinants";

  /** Name of a group of components. */
  public static final String ENERGIES = "energies";

  private final VectorField field;
  private final Backend backend;
  private final Workspace workspace;
  private final RowParts parts;
  private final int dim;
  private final @Nullable Divergence divergence;
  private final Matrix @Nullable [] directions;
  private final @Nullable EnergyWeights energyWeights;
  private final @Nullable Matrix context;
  private final @Nullable Matrix contextGradient;

  /**
   * Creates the system of a batch.
   *
   * @param divergence null where it is not wanted
   * @param directions for each part those along which tangents are taken, (directions n) x dim;
   *     null without divergence, and for a field that {@link PotentialField#closes}
   * @param energyWeights those of the energy penalty, or null for none
   * @param context n x context size, or null
   * @param contextGradient where the gradient for the context is gathered, or null if not wanted
   */
  public FieldSystem(
      VectorField field,
      Backend backend,
      Workspace workspace,
      RowParts parts,
      int dim,
      @Nullable Divergence divergence,
      Matrix @Nullable [] directions,
      @Nullable EnergyWeights energyWeights,
      @Nullable Matrix context,
      @Nullable Matrix contextGradient) {
    this.field = field;
    this.backend = backend;
    this.workspace = workspace;
    this.parts = parts;
    this.dim = dim;
    this.divergence = divergence;
    this.directions = directions;
    this.energyWeights = energyWeights;
    this.context = context;
    this.contextGradient = contextGradient;
    workspace.begin(backend, parts.groups());
  }

  /** Cuts directions, all rows of the first, all of the second and so on, into those of parts. */
  public static Matrix[] cut(Tape tape, RowParts parts, double[] directions, int dim) {
    int each = parts.rows() * dim;
    int count = each == 0 ? 0 : directions.length / each;
    Matrix[] cut = new Matrix[parts.count()];
    for (int p = 0; p < cut.length; p++) {
      int size = parts.size(p) * dim;
      double[] own = new double[count * size];
      for (int k = 0; k < count; k++) {
        System.arraycopy(directions, k * each + parts.start(p) * dim, own, k * size, size);
      }
      cut[p] = tape.constant(own, count * parts.size(p), dim).value();
    }
    return cut;
  }

  public Backend backend() {
    return backend;
  }

  VectorField field() {
    return field;
  }

  Workspace workspace() {
    return workspace;
  }

  int rowGroups() {
    return parts.groups();
  }

  int group(int part) {
    return parts.group(part);
  }

  /** Sums of the parameters' gradients of a group of parts. */
  Gradients gradients(int group) {
    return workspace.gradients(backend, group);
  }

  /** Number of elements of z in the state. */
  public int positions() {
    return parts.rows() * dim;
  }

  /** Number of elements of z in the state of a part. */
  public int positions(int part) {
    return parts.size(part) * dim;
  }

  private int estimates() {
    return divergence == null ? 0 : divergence.estimates();
  }

  private int energies() {
    return energyWeights == null ? 0 : 1;
  }

  /** Returns whether the energy penalty is integrated. */
  public boolean hasEnergies() {
    return energyWeights != null;
  }

  /** Returns each row's energy penalty, from time zero to the end whichever way it was solved. */
  public double[] energies(double[] state, boolean forward) {
    double[] energies = Arrays.copyOfRange(state, energyOffset(), dimension());
    for (int i = 0; i < energies.length && !forward; i++) {
      energies[i] = -energies[i];
    }
    return energies;
  }

  /** Writes the adjoint of {@link #energies}, n x 1, into a cotangent of the state. */
  public void seedEnergies(Matrix adjoint, boolean forward, double[] cotangent) {
    backend.download(adjoint, cotangent, energyOffset());
    for (int i = energyOffset(); i < cotangent.length && !forward; i++) {
      cotangent[i] = -cotangent[i];
    }
  }

  /** Where the integrals of the energy penalty begin in the state. */
  public int energyOffset() {
    return parts.rows() * (dim + estimates());
  }

  /** Where the integrals of the energy penalty begin in the state of a part. */
  public int energyOffset(int part) {
    return parts.size(part) * (dim + estimates());
  }

  @Override
  public int dimension() {
    return parts.rows() * (dim + estimates() + energies());
  }

  @Override
  public int parts() {
    return parts.count();
  }

  @Override
  public int dimension(int part) {
    return parts.size(part) * (dim + estimates() + energies());
  }

  @Override
  public void gather(int part, double[] state, double[] target) {
    int own = positions(part);
    System.arraycopy(state, parts.start(part) * dim, target, 0, own);
    System.arraycopy(state, integrals(part), target, own, energyOffset(part) - own);
    int size = dimension(part) - energyOffset(part);
    System.arraycopy(state, energies(part), target, energyOffset(part), size);
  }

  @Override
  public void scatter(int part, double[] source, double[] state) {
    int own = positions(part);
    System.arraycopy(source, 0, state, parts.start(part) * dim, own);
    System.arraycopy(source, own, state, integrals(part), energyOffset(part) - own);
    int size = dimension(part) - energyOffset(part);
    System.arraycopy(source, energyOffset(part), state, energies(part), size);
  }

  private int integrals(int part) {
    return positions() + parts.start(part) * estimates();
  }

  private int energies(int part) {
    return energyOffset() + parts.start(part) * energies();
  }

  @Override
  public List<OdeSystem.Group> groups() {
    return groupsOf(parts.rows());
  }

  @Override
  public List<OdeSystem.Group> groups(int part) {
    return groupsOf(parts.size(part));
  }

  private List<OdeSystem.Group> groupsOf(int rows) {
    return groups(rows, dim, estimates(), energies());
  }

  static List<OdeSystem.Group> groups(int rows, int dim, int estimates, int energies) {
    return List.of(
        new OdeSystem.Group(POSITIONS, rows * dim),
        new OdeSystem.Group(LOG_DETERMINANTS, rows * estimates, true),
        new OdeSystem.Group(ENERGIES, rows * energies, true));
  }

  @Override
  public double precision() {
    return precision(backend);
  }

  /** Networks in float32 round positions as well. */
  static double precision(Backend backend) {
    return backend.dtype() == DType.FLOAT32 ? 0x1p-24 : 0x1p-53;
  }

  @Override
  public String describe(int component) {
    int contextSize = context == null ? 0 : context.cols();
    String norm = describeParameters(field, backend, workspace, dim, contextSize);
    if (component < 0) {
      return norm;
    }
    return place(component) + "; " + norm;
  }

  private String place(int component) {
    if (component < positions()) {
      return "row " + component / dim + ", column " + component % dim;
    }
    return component < energyOffset()
        ? "log-determinant of row " + (component - positions()) / estimates()
        : "energy of row " + (component - energyOffset());
  }

  /** Tells the Euclidean norm of all parameters that the field reads. */
  static String describeParameters(
      VectorField field, Backend backend, Workspace workspace, int dim, int contextSize) {
    Tape tape = workspace.borrow(backend, Workspace.Use.LINEARIZE_PART);
    try {
      Var origin = tape.constant(new double[dim], 1, dim);
      Var row = contextSize == 0 ? null : tape.constant(new double[contextSize], 1, contextSize);
      field.at(tape, tape.constant(0), origin, row);
      double sum = 0;
      for (Parameter parameter : tape.parameters()) {
        double[] values = new double[parameter.value().size()];
        backend.download(parameter.value(), values, 0);
        for (double value : values) {
          sum += value * value;
        }
      }
      return String.format(Locale.ROOT, "norm of the parameters %.4g", Math.sqrt(sum));
    } finally {
      workspace.giveBack(tape, Workspace.Use.LINEARIZE_PART);
    }
  }

  @Override
  public void forEachPart(IntConsumer task) {
    backend.parallel(
        parts.groups(),
        group -> {
          for (int p = parts.firstPart(group); p < parts.firstPart(group + 1); p++) {
            task.accept(p);
          }
        });
  }

  @Override
  public Instants at(double[] times, boolean reversible) {
    return new FieldInstants(this, times, reversible);
  }

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    try (Instants instants = at(new double[] {t}, false)) {
      forEachPart(
          part -> {
            double[] own = new double[dimension(part)];
            double[] derivative = new double[own.length];
            gather(part, y, own);
            instants.derivatives(0, part, true, own, derivative);
            scatter(part, derivative, yDot);
          });
    }
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    return FieldLinearization.of(this, t, y);
  }

  /** Begins a way back, whose gradients are gathered apart. */
  public void beginGradients() {
    for (int g = 0; g < parts.groups(); g++) {
      gradients(g).clear();
    }
    if (contextGradient != null) {
      backend.fill(0, contextGradient);
    }
  }

  /**
   * Adds what was gathered to the gradients of parameters and to an adjoint of the context.
   *
   * @param sums of the gradients of parameters, or null for their own
   */
  public void endGradients(@Nullable Gradients sums, @Nullable Matrix contextAdjoint) {
    for (int g = 0; g < parts.groups(); g++) {
      gradients(g).flush(sums);
    }
    if (contextGradient != null && contextAdjoint != null) {
      backend.add(1, contextGradient, 1, contextAdjoint);
    }
  }

  /** Adds to the rows of a part of the gradient for the context. */
  void addContextGradient(int part, double weight, Var contextVar) {
    if (contextGradient != null) {
      Matrix rows = contextGradient.rows(parts.start(part), parts.start(part + 1));
      backend.add(weight, contextVar.gradient(), 1, rows);
    }
  }

  /**
   * Returns whether evaluations have tangents or a divergence without, given whether they are
   * wanted.
   */
  boolean hasTangents(boolean wanted) {
    return wanted && (directions != null || divergence != null);
  }

  /**
   * Evaluates a part.
   *
   * @param time the row that the field prepared for the time
   * @param tangents whether tangents, and so divergence and energy, are wanted where there are
   *     directions
   * @param y state of the part
   */
  FieldEvaluation evaluate(Tape tape, Matrix time, int part, boolean tangents, double[] y) {
    Matrix ofPart = context == null ? null : context.rows(parts.start(part), parts.start(part + 1));
    return new FieldRows(
            field,
            parts.size(part),
            dim,
            tangents ? divergence : null,
            tangents && directions != null ? directions[part] : null,
            energyWeights,
            ofPart,
            contextGradient != null)
        .evaluate(tape, time, y);
  }

  /** Copies value, divergence and energy of a part; zeros in the place of what was not wanted. */
  void download(Matrix value, FieldEvaluation evaluation, int part, double[] yDot) {
    backend.download(value, yDot, 0);
    if (evaluation.trace() == null) {
      Arrays.fill(yDot, positions(part), dimension(part), 0);
    } else {
      backend.download(evaluation.trace().value(), yDot, positions(part));
    }
    if (evaluation.energy() != null) {
      backend.download(evaluation.energy().value(), yDot, energyOffset(part));
    }
  }
}
