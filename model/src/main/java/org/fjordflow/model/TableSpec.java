package org.fjordflow.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a table stand for in a model. {@link TableOptions#plan} finds it for a table.
 *
 * <p>Log-densities of a row are in the table's own units: the density of its real columns and
 * times, times the probability of its whole numbers, categories and answers. The flow has a density
 * of all columns, where whole numbers and categories are intervals; the probability is its integral
 * over these, taken by {@link #POINTS} points, the same for every row.
 *
 * @param data columns that the model is a density of, at least one
 * @param given columns that it is conditioned on
 * @param id name of the column that names rows, which is carried along, or null
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record TableSpec(List<ColumnSpec> data, List<ColumnSpec> given, @Nullable String id) {

  /** Points of an integral over the intervals of whole numbers and categories. */
  public static final int POINTS = 16;

  /**
   * Checks that names differ.
   *
   * @throws FjordException INVALID_CONFIGURATION, naming the column
   */
  public TableSpec {
    data = ConfigChecks.list("data", data);
    given = ConfigChecks.list("given", given);
    ConfigChecks.require(!data.isEmpty(), "data", data, "at least one column");
    Set<String> names = new HashSet<>();
    for (ColumnSpec column : Stream.concat(data.stream(), given.stream()).toList()) {
      ConfigChecks.require(
          names.add(column.name()), "name of a column", column.name(), "one of its own");
    }
    for (ColumnSpec column : data) {
      ConfigChecks.require(!column.gaps(), "gaps of " + column.name(), true, "none in data");
    }
  }

  /** Returns the columns that the flow is conditioned on: encoded, some take several. */
  @JsonIgnore
  public int contextSize() {
    return given.stream().mapToInt(ColumnSpec::contextWidth).sum();
  }

  /** Whether a log-density has probabilities in it: some column is whole numbers or categories. */
  @JsonIgnore
  public boolean isMixed() {
    return data.stream().anyMatch(ColumnSpec::isDiscrete);
  }

  /** Returns the numbers of the columns of data that are angles. */
  @JsonIgnore
  public List<Integer> circular() {
    return IntStream.range(0, data.size())
        .filter(j -> data.get(j).scale() == ColumnSpec.Scale.CIRCULAR)
        .boxed()
        .toList();
  }

  /** Whether nothing is done with any column that standardising does not do. */
  @JsonIgnore
  public boolean isPlain() {
    return Stream.concat(data.stream(), given.stream()).allMatch(ColumnSpec::isPlain);
  }

  /** Returns the names of the columns of data. */
  @JsonIgnore
  List<String> dataNames() {
    return data.stream().map(ColumnSpec::name).toList();
  }

  /** Returns the names of the columns of context. */
  @JsonIgnore
  List<String> givenNames() {
    return given.stream().map(ColumnSpec::name).toList();
  }
}
