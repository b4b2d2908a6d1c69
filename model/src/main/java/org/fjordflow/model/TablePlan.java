package org.fjordflow.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Table.Split;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.ColumnKinds.Asked;
import org.fjordflow.model.ColumnSpec.Kind;
import org.jspecify.annotations.Nullable;

/** What a model is trained on: the columns of a table with what they stand for. */
public final class TablePlan {

  private final TableSpec spec;
  private final Table table;
  private final Table data;
  private final @Nullable Table given;
  private final Map<String, String> columns;
  private final List<String> remarks;
  private final boolean named;

  private TablePlan(
      TableSpec spec,
      Table table,
      Table data,
      @Nullable Table given,
      Map<String, String> columns,
      List<String> remarks,
      boolean named) {
    this.spec = spec;
    this.table = table;
    this.data = data;
    this.given = given;
    this.columns = columns;
    this.remarks = List.copyOf(remarks);
    this.named = named;
  }

  static TablePlan of(Table all, TableOptions options) {
    if (all.rowCount() == 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "no rows to train on");
    }
    ColumnRoles roles = ColumnRoles.of(all, options);
    Map<Integer, Asked> asked = asked(all, options);
    Map<String, String> said = new LinkedHashMap<>();
    boolean named = !all.names().isEmpty();
    List<Integer> names = new ArrayList<>();
    List<Integer> empty = new ArrayList<>();
    Map<Integer, ColumnSurvey> seen = new HashMap<>();
    List<Integer> dataColumns = kept(all, roles.data(), options, asked, seen, names, empty);
    List<Integer> givenColumns = kept(all, roles.given(), options, asked, seen, names, empty);
    if (dataColumns.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          roles.given().isEmpty()
              ? "no column is left to model: all are dropped or name rows"
              : "no column is left to model: all are given, dropped or name rows");
    }
    Table table = MissingCells.leftOut(all, dataColumns, givenColumns, options.missing());
    if (table.rowCount() < all.rowCount()) {
      seen.clear();
    }
    MissingCells.requireFinite(table, dataColumns);
    MissingCells.requireFinite(table, givenColumns);
    List<ColumnSpec> data = new ArrayList<>();
    List<ColumnSurvey> surveys = new ArrayList<>();
    for (int column : dataColumns) {
      ColumnSurvey survey = seen.computeIfAbsent(column, j -> survey(table, j));
      surveys.add(survey);
      Asked own = asked.getOrDefault(column, NOTHING);
      data.add(ColumnKinds.data(survey, ColumnKinds.kind(survey, own, named), own));
    }
    List<ColumnSpec> given = new ArrayList<>();
    for (int column : givenColumns) {
      ColumnSurvey survey = seen.computeIfAbsent(column, j -> survey(table, j));
      Asked own = asked.getOrDefault(column, NOTHING);
      given.add(ColumnKinds.given(survey, ColumnKinds.kind(survey, own, named), own));
    }
    Integer id = roles.idOrNull();
    TableSpec spec = new TableSpec(data, given, id == null ? null : table.namesOrDefault().get(id));
    for (ColumnSpec column : data) {
      said.put(column.name(), ColumnTexts.of(column));
    }
    for (ColumnSpec column : given) {
      said.put(column.name(), "given; " + ColumnTexts.ofGiven(column));
    }
    for (int j = 0; j < all.columns(); j++) {
      String name = all.namesOrDefault().get(j);
      if (j == roles.id()) {
        said.put(name, "id: carried along");
      } else if (empty.contains(j)) {
        said.put(name, "empty: left out");
      } else if (names.contains(j)) {
        said.put(
            name, "text of too many values: left out; --kind %s=category keeps it".formatted(name));
      } else {
        said.putIfAbsent(name, "left out");
      }
    }
    Table own = table.selectColumns(array(dataColumns));
    Table context = givenColumns.isEmpty() ? null : table.selectColumns(array(givenColumns));
    List<String> remarks = new ArrayList<>();
    if (table.rowCount() < all.rowCount()) {
      remarks.add(
          "%d of %d rows have missing cells and are left out"
              .formatted(all.rowCount() - table.rowCount(), all.rowCount()));
    }
    remarks.addAll(TableRemarks.of(spec, surveys, own));
    return new TablePlan(spec, table, own, context, said, remarks, named);
  }

  /**
   * Takes from a table what a model that is trained already has.
   *
   * @param all rows to train on. Not modified.
   * @param model whose columns stand for what they do there
   * @param data names of its columns of data, or none
   * @param given names of its columns of context, or none
   * @throws FjordException SHAPE_MISMATCH or INVALID_ARGUMENT, naming it, for a column that is not
   *     there or of another kind; NON_FINITE for a missing cell
   */
  public static TablePlan like(Table all, FlowSpec model, List<String> data, List<String> given) {
    Columns columns = Columns.of(model, data, given);
    double[][] rows = columns.dataOf(all);
    Table own = columns.table(rows);
    MissingCells.requireNone(own);
    Table context =
        columns.size() == 0
            ? null
            : given.isEmpty()
                ? Table.of(columns.givenOf(all, null))
                : Table.of(given, columns.givenOf(all, null));
    TableSpec table = model.table();
    if (table == null) {
      table =
          new TableSpec(
              own.namesOrDefault().stream().map(ColumnSpec::real).toList(),
              context == null
                  ? List.of()
                  : context.namesOrDefault().stream()
                      .map(name -> ColumnSpec.real(given.isEmpty() ? "given " + name : name))
                      .toList(),
              null);
    }
    return new TablePlan(table, all, own, context, Map.of(), List.of(), !data.isEmpty());
  }

  private static final Asked NOTHING = new Asked(null, null, null, null);

  private static Map<Integer, Asked> asked(Table table, TableOptions options) {
    Map<Integer, Kind> kinds = ColumnRoles.byNumber(table, options.kinds());
    Map<Integer, ColumnSpec.Scale> scales = ColumnRoles.byNumber(table, options.scales());
    Map<Integer, TableOptions.Interval> bounds = ColumnRoles.byNumber(table, options.bounds());
    Map<Integer, TableOptions.Interval> circular = ColumnRoles.byNumber(table, options.circular());
    TreeSet<Integer> all = new TreeSet<>(kinds.keySet());
    all.addAll(scales.keySet());
    all.addAll(bounds.keySet());
    all.addAll(circular.keySet());
    Map<Integer, Asked> result = new LinkedHashMap<>();
    for (int column : all) {
      result.put(
          column,
          new Asked(
              kinds.get(column), scales.get(column), bounds.get(column), circular.get(column)));
    }
    return result;
  }

  private static ColumnSurvey survey(Table table, int column) {
    return ColumnSurvey.of(
        table.namesOrDefault().get(column), table.type(column), table.column(column));
  }

  /** Leaves out what names rows, and what holds nothing and was not asked for. */
  private static List<Integer> kept(
      Table table,
      List<Integer> columns,
      TableOptions options,
      Map<Integer, Asked> asked,
      Map<Integer, ColumnSurvey> seen,
      List<Integer> names,
      List<Integer> empty) {
    List<Integer> kept = new ArrayList<>();
    boolean named = !table.names().isEmpty();
    Set<Integer> meant = new HashSet<>(asked.keySet());
    ColumnRoles.Names all = new ColumnRoles.Names(table.names(), table.columns());
    Stream.of(options.columns(), options.target(), options.given())
        .forEach(said -> meant.addAll(all.indices(said)));
    for (int column : columns) {
      ColumnSurvey survey = seen.computeIfAbsent(column, j -> survey(table, j));
      // Without names columns are counted, and none may be missing: told with other missing cells.
      if (survey.count() == 0 && named) {
        if (meant.contains(column)) {
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "column '%s' is empty; leave it out: --drop %s"
                  .formatted(survey.name(), survey.name()));
        }
        empty.add(column);
        continue;
      }
      Kind kind = ColumnKinds.kind(survey, asked.getOrDefault(column, NOTHING), named);
      (kind == Kind.IDENTIFIER ? names : kept).add(column);
    }
    return kept;
  }

  private static int[] array(List<Integer> columns) {
    return columns.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Makes the specification of a flow for this table, with the moments of rows.
   *
   * @param recipe which flow
   * @param train rows to take moments of. Not modified.
   * @throws FjordException INVALID_CONFIGURATION if the flow cannot have such columns
   */
  public FlowSpec fit(FlowRecipe recipe, Batch train) {
    int dim = spec.data().size();
    int context = spec.contextSize();
    FlowSpec made = recipe.spec(dim, context);
    if (made.dim() != dim || made.context() != context) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the flow has %d columns and a context of %d; these rows have %d and %d"
              .formatted(made.dim(), made.context(), dim, context));
    }
    return made.withTable(specOrNull()).withMomentsOf(train);
  }

  Columns names() {
    return named || specOrNull() != null
        ? new Columns(
            spec.data().size(),
            spec.given().size(),
            spec.dataNames(),
            spec.givenNames(),
            specOrNull())
        : new Columns(spec.data().size(), spec.given().size(), List.of(), List.of(), specOrNull());
  }

  /** Returns what the columns stand for. */
  public TableSpec spec() {
    return spec;
  }

  /**
   * Returns what a flow's specification has: null where all columns are numbers as they are, and
   * none names rows.
   */
  public @Nullable TableSpec specOrNull() {
    return spec.isPlain() && spec.id() == null ? null : spec;
  }

  /** Returns the columns of data; cells are numbers. */
  public Table data() {
    return data;
  }

  /** Returns the columns that are given, missing cells as NaN; null for none. */
  public @Nullable Table given() {
    return given;
  }

  /**
   * Rows for training, for choosing among parameters, and for the final test.
   *
   * @param train to fit to
   * @param validation to stop early by, or null for none
   * @param test to report on, or null for none
   */
  public record Parts(Batch train, @Nullable Batch validation, @Nullable Batch test) {}

  /**
   * Deals the rows out at random. Rows that repeat each other go to the same part, where they are
   * less than half of all, and columns have densities.
   *
   * @param validation part of the rows, at least 0
   * @param test part of the rows, at least 0, with the other one below 1
   * @param random where randomness comes from
   * @throws FjordException INVALID_ARGUMENT if nothing is left to train on
   */
  public Parts split(double validation, double test, RandomGenerator random) {
    double[][] numbers = new double[data.rowCount()][];
    Arrays.setAll(numbers, i -> new double[] {i});
    Split split = Split.random(Table.of(numbers), groups(), validation, test, random);
    return new Parts(batch(rows(split.train())), orNull(split.validation()), orNull(split.test()));
  }

  /**
   * Deals the rows out at random as {@link #split} does, with all the columns of the table.
   *
   * @param validation part of the rows, at least 0
   * @param test part of the rows, at least 0, with the other one below 1
   * @param random where randomness comes from
   * @return rows of the table without those that missing cells leave out
   * @throws FjordException INVALID_ARGUMENT if nothing is left to train on
   */
  public Split splitTable(double validation, double test, RandomGenerator random) {
    return Split.random(table, groups(), validation, test, random);
  }

  private @Nullable Batch orNull(Table part) {
    return part.rowCount() == 0 ? null : batch(rows(part));
  }

  private static int[] rows(Table part) {
    return Arrays.stream(part.rows()).mapToInt(row -> (int) row[0]).toArray();
  }

  private int[] groups() {
    int[] own = new int[data.rowCount()];
    Arrays.setAll(own, i -> i);
    if (spec.data().stream().allMatch(ColumnSpec::isDiscrete)) {
      return own;
    }
    int[] groups = new int[own.length];
    Map<TableRemarks.RowKey, Integer> seen = new HashMap<>();
    for (int i = 0; i < groups.length; i++) {
      double[] row = data.rows()[i];
      if (given != null) {
        double[] context = given.rows()[i];
        row = Arrays.copyOf(row, row.length + context.length);
        System.arraycopy(context, 0, row, row.length - context.length, context.length);
      }
      groups[i] = seen.computeIfAbsent(new TableRemarks.RowKey(row), key -> seen.size());
    }
    return 2 * seen.size() > groups.length ? groups : own;
  }

  /** Returns the names of the columns that are given, empty where they have none. */
  public List<String> givenNames() {
    return given == null ? List.of() : given.names();
  }

  /** Returns rows of data with their contexts. */
  private Batch batch(int[] rows) {
    Table own = data.selectRows(rows);
    return given == null
        ? Batch.of(own.rows())
        : new Batch(
            own.rows(), GivenColumns.marked(Objects.requireNonNull(given).selectRows(rows).rows()));
  }

  /** Returns all rows of data with their contexts. */
  public Batch batch() {
    int[] all = new int[data.rowCount()];
    Arrays.setAll(all, i -> i);
    return batch(all);
  }

  /** Returns what each column of the table was taken for and what is done with it, by its name. */
  public Map<String, String> columns() {
    return new LinkedHashMap<>(columns);
  }

  /** Returns what is worth a thought before training, one line each, naming columns. */
  public List<String> remarks() {
    return remarks;
  }

  /** Returns these but for those that noise on rows in training answers. */
  public List<String> remarksWithNoise() {
    return remarks.stream().filter(text -> !text.contains(TableRemarks.SMOOTH)).toList();
  }

  /** Whether columns have names. */
  public boolean isNamed() {
    return named;
  }
}
