package org.fjordflow.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.discrete.DiscreteConfig;
import org.fjordflow.model.images.ImageSpec;
import org.jspecify.annotations.Nullable;

/**
 * Everything that makes a {@link FlowModel} but its parameters' values: a list of bijections,
 * continuous and discrete ones in any order, between the data's units and a base.
 *
 * @param dim columns of data
 * @param context columns of context, zero for an unconditional flow; with a table those of encoded
 *     contexts
 * @param flow the bijections, data go through the first one first; at least one
 * @param base distribution of the transformed data
 * @param embedding network that contexts go through before the bijections, or null for none
 * @param moments what data are standardised by, in double precision, or null for nothing
 * @param contextMoments what contexts are standardised by, or null for nothing
 * @param table what the columns of data and context stand for, or null where all are real numbers;
 *     data and contexts are encoded as it says before they are standardised
 * @param images what the columns stand for where rows are images, or null; data are brought to what
 *     a flow sees as it says before they are standardised, and contexts are classes, one hot
 * @param backend name of a backend, see {@link Backends}: {@code auto}, {@code cpu}, {@code nd4j},
 *     or a user's own
 * @param dtype {@code float32} or {@code float64}
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record FlowSpec(
    int dim,
    int context,
    List<BijectionConfig> flow,
    BaseConfig base,
    @Nullable EmbeddingConfig embedding,
    @Nullable Moments moments,
    @Nullable Moments contextMoments,
    @Nullable TableSpec table,
    @Nullable ImageSpec images,
    String backend,
    String dtype)
    implements ModelSpec {

  /**
   * Checks that all parts fit together.
   *
   * @throws FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an unknown name; says the
   *     value, what was given and expected. Absent values are told like wrong ones, since they come
   *     from files.
   */
  public FlowSpec {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
    ConfigChecks.require(context >= 0, "context", context, "0 or more");
    flow = ConfigChecks.list("flow", flow);
    ConfigChecks.require(!flow.isEmpty(), "flow", flow, "at least one bijection");
    ConfigChecks.require(base != null, "base", base, "an object");
    ConfigChecks.require(
        embedding == null || context > 0, "embedding", embedding, "none without a context");
    int given = embedding == null ? context : embedding.size();
    for (BijectionConfig part : flow) {
      JsonConfig.requireNamed(part);
      ConfigChecks.require(part.dim() == dim, "dim of a bijection", part.dim(), "" + dim);
      ConfigChecks.require(
          part.contextSize() == 0 || part.contextSize() == given,
          "contextSize of a bijection",
          part.contextSize(),
          given == 0 ? "0" : given + ", or 0 for none");
      ConfigChecks.require(
          part.circular().equals(flow.get(0).circular()),
          "circular of a bijection",
          part.circular(),
          flow.get(0).circular() + ", that of the first one");
    }
    ConfigChecks.require(
        context == 0 || flow.stream().anyMatch(part -> part.contextSize() > 0),
        "context",
        context,
        "0, since no bijection depends on a context");
    requireColumns("moments", moments, dim);
    requireColumns("contextMoments", contextMoments, context);
    ConfigChecks.requireAngles(
        flow.get(0).circular(),
        list(moments == null ? null : moments.mean()),
        list(moments == null ? null : moments.standardDeviation()));
    moments = copy(moments);
    contextMoments = copy(contextMoments);
    ConfigChecks.require(
        table == null || (table.data().size() == dim && table.contextSize() == context),
        "table",
        table,
        "one of %d columns with contexts of %d".formatted(dim, context));
    ConfigChecks.require(
        table == null || table.circular().equals(flow.get(0).circular()),
        "circular of a bijection",
        flow.get(0).circular(),
        "those of the table");
    ConfigChecks.require(
        images == null
            || (table == null
                && images.shape().size() == dim
                && images.contextSize() == context
                && flow.get(0).circular().isEmpty()),
        "images",
        images,
        "none, or images of %d numbers of %d classes, without a table or angles"
            .formatted(dim, context));
    DType.of(dtype);
    Backends.requireKnown(backend);
  }

  /** Returns what is done with the columns beyond standardising them, or null for nothing. */
  @Nullable TableSpec scales() {
    return table == null || table.isPlain() ? null : table;
  }

  private static @Nullable Moments copy(@Nullable Moments moments) {
    return moments == null
        ? null
        : new Moments(moments.mean().clone(), moments.standardDeviation().clone());
  }

  private static void requireColumns(String name, @Nullable Moments moments, int columns) {
    ConfigChecks.require(
        moments == null || moments.columns() == columns,
        name,
        moments,
        "those of " + columns + " columns");
  }

  /**
   * A flow of some bijections from a standard normal, in float32 on backend {@code auto}.
   *
   * @param first what data go through first
   * @param others what they go through then
   * @throws FjordException INVALID_CONFIGURATION if they do not fit together
   */
  public static FlowSpec of(BijectionConfig first, BijectionConfig... others) {
    List<BijectionConfig> flow = new ArrayList<>(List.of(first));
    flow.addAll(Arrays.asList(others));
    int context = flow.stream().mapToInt(BijectionConfig::contextSize).max().orElse(0);
    return new FlowSpec(
        first.dim(),
        context,
        flow,
        new BaseConfig.Normal(),
        null,
        null,
        null,
        null,
        null,
        Backends.AUTO,
        DType.FLOAT32.id());
  }

  /**
   * Returns the specification of a model of any kind that this version knows.
   *
   * @param spec such as a folder's
   * @throws FjordException UNSUPPORTED for a kind of somebody else's
   */
  public static FlowSpec of(ModelSpec spec) {
    if (spec instanceof FlowSpec own) {
      return own;
    }
    BijectionConfig flow;
    if (spec instanceof ModelConfig continuous) {
      flow = continuous.flow();
    } else if (spec instanceof DiscreteConfig discrete) {
      flow = discrete.flow();
    } else {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a model of %s is no list of bijections; load it with ModelFolder"
              .formatted(spec.getClass().getName()));
    }
    return new FlowSpec(
        spec.dim(),
        spec.context(),
        List.of(flow),
        new BaseConfig.Normal(),
        null,
        moments(spec.mean(), spec.deviation()),
        null,
        null,
        null,
        spec.backend(),
        spec.dtype());
  }

  private static @Nullable Moments moments(
      @Nullable List<Double> mean, @Nullable List<Double> deviation) {
    return mean == null || deviation == null ? null : new Moments(array(mean), array(deviation));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static @Nullable List<Double> list(double @Nullable [] values) {
    return values == null ? null : Arrays.stream(values).boxed().toList();
  }

  @Override
  public @Nullable List<Double> mean() {
    return list(moments == null ? null : moments.mean());
  }

  @Override
  public @Nullable List<Double> deviation() {
    return list(moments == null ? null : moments.standardDeviation());
  }

  @Override
  public FlowSpec withStandardization(List<Double> means, List<Double> deviations) {
    return withMoments(new Moments(array(means), array(deviations)), contextMoments);
  }

  /**
   * The same for data and contexts that are standardised first. Columns of angles are left as they
   * are.
   *
   * @param data of the columns of data, or null for nothing
   * @param contexts of the columns of context, or null for nothing
   */
  public FlowSpec withMoments(@Nullable Moments data, @Nullable Moments contexts) {
    Moments ofNumbers = data == null ? null : leaving(circular(), data);
    return new FlowSpec(
        dim, context, flow, base, embedding, ofNumbers, contexts, table, images, backend, dtype);
  }

  /**
   * The same for a table whose columns are encoded first; its circular columns are the flow's.
   *
   * @param columns what they stand for, or null where all are real numbers
   * @throws FjordException INVALID_CONFIGURATION if it has other numbers of columns, or circular
   *     ones that the flow cannot have
   */
  public FlowSpec withTable(@Nullable TableSpec columns) {
    List<Integer> angles = columns == null ? circular() : columns.circular();
    FlowSpec turned = angles.equals(circular()) ? this : withTable(null).withCircular(angles);
    return new FlowSpec(
        dim,
        context,
        turned.flow,
        base,
        embedding,
        turned.moments,
        contextMoments,
        columns,
        images,
        backend,
        dtype);
  }

  /**
   * The same with the moments of rows.
   *
   * @param batch rows as a table has them, with their contexts where there are. Not modified.
   */
  public FlowSpec withMomentsOf(Batch batch) {
    return Units.fitted(this, batch);
  }

  /**
   * The same from the rows of a source in place of a base, standardised by the rows of both.
   *
   * @param source rows of the source, in the data's units. Not modified.
   * @param data rows of data, in the same units. Not modified.
   * @throws FjordException UNSUPPORTED for a flow with a context, and for columns that are no real
   *     numbers on their own scale
   */
  public FlowSpec withSource(double[][] source, double[][] data) {
    if (context > 0 || scales() != null) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          context > 0
              ? "a flow from a source to data has no context, and this one has one of %d columns"
                  .formatted(context)
              : "from a source to data every column is a real number on its own scale; see TableOptions.asNumbers");
    }
    double[][] both = Arrays.copyOf(source, source.length + data.length);
    System.arraycopy(data, 0, both, source.length, data.length);
    return withBase(new BaseConfig.Source()).withMomentsOf(Batch.of(both));
  }

  @Override
  public FlowSpec withDtype(String other) {
    return new FlowSpec(
        dim,
        context,
        flow,
        base,
        embedding,
        moments,
        contextMoments,
        table,
        images,
        backend,
        other);
  }

  /** The same on another backend. */
  public FlowSpec withBackend(String other) {
    return new FlowSpec(
        dim, context, flow, base, embedding, moments, contextMoments, table, images, other, dtype);
  }

  /** The same from another base. */
  public FlowSpec withBase(BaseConfig other) {
    return new FlowSpec(
        dim,
        context,
        flow,
        other,
        embedding,
        moments,
        contextMoments,
        table,
        images,
        backend,
        dtype);
  }

  /**
   * The same with a network that contexts go through first; every bijection that depends on a
   * context gets what comes out.
   *
   * @throws FjordException INVALID_CONFIGURATION for a flow without context
   */
  public FlowSpec withEmbedding(EmbeddingConfig network) {
    return new FlowSpec(
        dim,
        context,
        flow.stream()
            .map(part -> part.contextSize() == 0 ? part : part.withContext(network.size()))
            .toList(),
        base,
        network,
        moments,
        contextMoments,
        table,
        images,
        backend,
        dtype);
  }

  /**
   * Returns which columns are angles in radians, from 0 and in ascending order. Samples of them are
   * in [-pi, pi), data may be off by turns, log-densities are with respect to radians.
   */
  public List<Integer> circular() {
    return flow.get(0).circular();
  }

  /**
   * The same with other columns of angles; the base is uniform on the circle for them. What angles
   * would be standardised by is forgotten.
   *
   * @param columns from 0, in any order
   * @throws FjordException INVALID_CONFIGURATION for columns that there are not, and for bijections
   *     that have no maps of the circle: the models nsf and nsf-ar have
   */
  public FlowSpec withCircular(List<Integer> columns) {
    // A single angle is not scaled: layers that would are left out where others map the circle.
    List<BijectionConfig> able =
        flow.stream()
            .filter(part -> dim > 1 || columns.isEmpty() || isAble(part, columns))
            .toList();
    List<BijectionConfig> turned =
        (able.isEmpty() ? flow : able).stream().map(part -> part.withCircular(columns)).toList();
    return withMoments(null, contextMoments).withFlow(turned).withMoments(moments, contextMoments);
  }

  private static boolean isAble(BijectionConfig part, List<Integer> columns) {
    try {
      part.withCircular(columns);
      return true;
    } catch (FjordException e) {
      return false;
    }
  }

  private static Moments leaving(List<Integer> circular, Moments moments) {
    Moments result = new Moments(moments.mean().clone(), moments.standardDeviation().clone());
    for (int column : circular) {
      result.mean()[column] = 0;
      result.standardDeviation()[column] = 1;
    }
    return result;
  }

  /**
   * The same for rows that are images.
   *
   * @param spec what they stand for, or null for rows of numbers
   * @throws FjordException INVALID_CONFIGURATION if it has another size or other classes than the
   *     flow
   */
  public FlowSpec withImages(@Nullable ImageSpec spec) {
    return new FlowSpec(
        dim, context, flow, base, embedding, moments, contextMoments, table, spec, backend, dtype);
  }

  /** The same with other bijections. */
  public FlowSpec withFlow(List<BijectionConfig> others) {
    return new FlowSpec(
        dim,
        context,
        others,
        base,
        embedding,
        moments,
        contextMoments,
        table,
        images,
        backend,
        dtype);
  }

  /** The same with its continuous flows solved otherwise. */
  public FlowSpec withSolve(UnaryOperator<SolveSettings> change) {
    return withFlow(
        flow.stream()
            .map(
                part ->
                    part instanceof SolveSettings.Solved continuous
                        ? continuous.withSolve(change.apply(continuous.solve()))
                        : part)
            .toList());
  }

  /** Returns the continuous flows among the bijections. */
  public List<SolveSettings.Solved> continuous() {
    return flow.stream()
        .filter(SolveSettings.Solved.class::isInstance)
        .map(SolveSettings.Solved.class::cast)
        .toList();
  }

  @Override
  public FlowModel create(RandomGenerator random, int threads) {
    return FlowModel.create(this, random, threads);
  }

  @Override
  public FlowModel create(RandomGenerator random, int threads, Parameters.Limit limit) {
    return FlowModel.create(this, random, threads, limit);
  }
}
