package org.fjordflow.base.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** The names that configurations and commands use for the constants of an enum. */
public final class Ids {

  private Ids() {}

  /** Returns a constant's own name in lower case, such as {@code concat_v2}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Finds a constant by its name in configurations.
   *
   * @param <E> the enum
   * @param values its constants. Not modified.
   * @param id gives a constant's name
   * @param what says what is looked for in an error, such as {@code activation}
   * @param given the name that is looked for
   * @return the constant
   * @throws FjordException INVALID_ARGUMENT if there is none, naming the nearest and those there
   *     are
   */
  public static <E extends Enum<E>> E find(
      E[] values, Function<E, String> id, String what, String given) {
    for (E value : values) {
      if (id.apply(value).equals(given)) {
        return value;
      }
    }
    List<String> known = Arrays.stream(values).map(id).toList();
    throw new FjordException(ErrorKey.INVALID_ARGUMENT, Suggestions.unknown(what, given, known));
  }
}
