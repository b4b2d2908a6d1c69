package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.ModelKind;
import org.fjordflow.core.model.NamedConfigs;

/** What other modules and jars bring, found where this library's classes are. */
public final class Services {

  private Services() {}

  /**
   * Finds the kind of a configuration.
   *
   * @param model the value of {@code model} in a model's file. Not modified.
   * @throws FjordException INVALID_CONFIGURATION if no {@link ModelKind} on the class path has such
   *     a configuration
   */
  public static ModelKind kind(JsonNode model) {
    return load(ModelKind.class).stream()
        .filter(kind -> kind.describes(model))
        .findFirst()
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.INVALID_CONFIGURATION,
                    "a model with the keys %s is of no kind that is known; known are %s; the jar of its module has to be on the class path"
                        .formatted(
                            String.join(", ", (Iterable<String>) model::fieldNames), kinds())));
  }

  /** Returns the names of all kinds, for messages. */
  private static String kinds() {
    return load(ModelKind.class).stream()
        .map(ModelKind::name)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /**
   * Returns all records that have a name.
   *
   * @throws FjordException INVALID_CONFIGURATION if two have the same, or a provider is not sound
   */
  static Map<String, Class<?>> records() {
    Map<String, Class<?>> all = new TreeMap<>();
    for (NamedConfigs provider : load(NamedConfigs.class)) {
      provider
          .byName()
          .forEach(
              (name, type) -> {
                Class<?> other = all.putIfAbsent(name, type);
                if (other != null && other != type) {
                  throw new FjordException(
                      ErrorKey.INVALID_CONFIGURATION,
                      "both %s and %s are named '%s' in JSON; leave one of their jars out, or give one another name"
                          .formatted(other.getName(), type.getName(), name));
                }
              });
    }
    return all;
  }

  private static <S> List<S> load(Class<S> service) {
    List<S> providers = new ArrayList<>();
    try {
      ServiceLoader.load(service, service.getClassLoader()).forEach(providers::add);
    } catch (ServiceConfigurationError e) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a jar names a provider that cannot be used: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "; it has to be a public class with a public constructor without arguments",
          e);
    }
    return providers;
  }
}
