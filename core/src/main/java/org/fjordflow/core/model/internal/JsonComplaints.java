package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fjordflow.base.internal.Suggestions;
import org.jspecify.annotations.Nullable;

/**
 * What Jackson complains of, in the words of who wrote the JSON: the value and what it should be.
 */
final class JsonComplaints {

  private static final Pattern MISSING = Pattern.compile("[Mm]issing .*creator property '(\\w+)'");

  private static final Pattern UNKNOWN_TYPE =
      Pattern.compile("type id '(.*?)' .*known type ids = \\[(.*?)\\]");

  private static final Pattern NO_NUMBER = Pattern.compile("Non-standard token '(.*?)'");

  private JsonComplaints() {}

  /**
   * Says what does not fit.
   *
   * @param tree what was read. Not modified.
   */
  static String ofValue(JsonProcessingException e, JsonNode tree) {
    String message = firstLine(e);
    Matcher missing = MISSING.matcher(message);
    if (missing.find()) {
      return place(e) + "'" + missing.group(1) + "' is missing; give it a value";
    }
    Matcher unknown = UNKNOWN_TYPE.matcher(message);
    if (unknown.find()) {
      boolean open = e instanceof InvalidTypeIdException id && isOpen(id);
      return place(e)
          + Suggestions.unknown("type", unknown.group(1), List.of(unknown.group(2).split(", ")))
          + (open ? ", or one that a NamedConfigs service on the class path names" : "");
    }
    if (e instanceof UnrecognizedPropertyException key) {
      List<String> known = key.getKnownPropertyIds().stream().map(Object::toString).toList();
      return "unknown key '"
          + path(key)
          + "'; "
          + Suggestions.question(key.getPropertyName(), known)
          + "known there are "
          + String.join(", ", known);
    }
    Class<?> wanted = wanted(e);
    if (wanted != null && e instanceof JsonMappingException mapping) {
      JsonNode given = find(tree, mapping.getPath());
      String name = path(mapping);
      return (name.isEmpty() ? "a value" : name)
          + (given.isMissingNode() ? " does not fit" : " is " + given)
          + "; expected "
          + described(wanted);
    }
    int settings = message.indexOf("; `DeserializationFeature");
    return place(e) + (settings < 0 ? message : message.substring(0, settings));
  }

  /** Says what is wrong with text that is no JSON. */
  static String ofText(JsonProcessingException e) {
    String message = firstLine(e);
    Matcher number = NO_NUMBER.matcher(message);
    return number.find() ? "JSON has no number " + number.group(1) : message;
  }

  private static @Nullable Class<?> wanted(JsonProcessingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
        return mismatch.getTargetType();
      }
      if (cause instanceof InputCoercionException range) {
        return range.getTargetType();
      }
    }
    return null;
  }

  private static String described(Class<?> type) {
    if (type == int.class || type == Integer.class) {
      return "a whole number up to " + Integer.MAX_VALUE;
    }
    if (type == long.class || type == Long.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class || type.isEnum()) {
      return "a text";
    }
    boolean list = type.isArray() || Collection.class.isAssignableFrom(type);
    return list ? "a list [ ... ]" : "an object { ... }";
  }

  private static JsonNode find(JsonNode tree, List<JsonMappingException.Reference> path) {
    JsonNode node = tree;
    for (JsonMappingException.Reference step : path) {
      node =
          step.getFieldName() == null ? node.path(step.getIndex()) : node.path(step.getFieldName());
    }
    return node;
  }

  /** The path of the value that a record could not take, such as {@code training.schedule: }. */
  private static String place(JsonProcessingException e) {
    String path = e instanceof JsonMappingException mapping ? path(mapping) : "";
    return path.isEmpty() ? "" : path + ": ";
  }

  private static String path(JsonMappingException e) {
    return e.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .filter(Objects::nonNull)
        .collect(Collectors.joining("."));
  }

  private static boolean isOpen(InvalidTypeIdException e) {
    JavaType base = e.getBaseType();
    return base != null && base.isInterface() && !base.getRawClass().isSealed();
  }

  private static String firstLine(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    return message == null ? "" : message.lines().findFirst().orElse("");
  }
}
