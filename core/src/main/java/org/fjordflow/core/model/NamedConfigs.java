package org.fjordflow.core.model;

import java.util.Map;

/**
 * Records that JSON names by {@code "type"}, such as families of flows. Implementations are found
 * by {@link java.util.ServiceLoader}: a jar with a family of its own has the name of a public class
 * that implements this, with a public constructor without arguments, in {@code
 * META-INF/services/org.fjordflow.core.model.NamedConfigs}.
 */
@FunctionalInterface
public interface NamedConfigs {

  /** Returns the records by their names in JSON; no two providers may use one name. */
  Map<String, Class<?>> byName();
}
