package org.fjordflow.core.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A kind of models, such as discrete flows: which record its configuration is, and how that is told
 * in JSON. Implementations are found by {@link java.util.ServiceLoader}, as {@link NamedConfigs}
 * are, in {@code META-INF/services/org.fjordflow.core.model.ModelKind}.
 */
public interface ModelKind {

  /** Returns the name in messages, such as {@code discrete}. */
  String name();

  /** Returns the record of its configuration. */
  Class<? extends ModelSpec> spec();

  /**
   * Returns whether JSON is a configuration of this kind, by what no other kind has.
   *
   * @param model all of a configuration, or some of it. Not modified.
   */
  boolean describes(JsonNode model);

  /**
   * Adds what files of earlier versions have not.
   *
   * @param model all of a configuration of this kind. Modified.
   */
  default void complete(ObjectNode model) {}
}
