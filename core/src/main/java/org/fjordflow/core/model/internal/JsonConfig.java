package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.NamedConfigs;
import org.jspecify.annotations.Nullable;

/**
 * Configuration records as JSON: {@link ModelSpec} and those that hold one. A file may give some of
 * the values only; a name that is not known is an error, so that a slip is never passed over. What
 * files of earlier versions lack has its {@link JsonProperty#defaultValue}.
 */
public final class JsonConfig {

  private static final String TYPE = "type";

  private static @Nullable ObjectMapper made;

  private JsonConfig() {}

  /** Made when it is first used, so that what is wrong with a provider is a typed error. */
  private static synchronized ObjectMapper mapper() {
    ObjectMapper mapper = made == null ? create() : made;
    made = mapper;
    return mapper;
  }

  private static ObjectMapper create() {
    ObjectMapper mapper =
        JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .annotationIntrospector(new LaterComponents())
            .injectableValues(LaterComponents.VALUES)
            .build();
    mapper
        .coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    Services.records().forEach((name, type) -> mapper.registerSubtypes(new NamedType(type, name)));
    mapper.registerModule(
        new SimpleModule().addDeserializer(ModelSpec.class, new ModelSpecDeserializer()));
    return mapper;
  }

  /** Returns an empty object, to be filled. */
  public static ObjectNode object() {
    return mapper().createObjectNode();
  }

  /**
   * Returns a record, a map or a list as JSON.
   *
   * @param value what to convert. Not modified.
   * @throws FjordException as a value's own writer throws it, for what has no JSON
   */
  public static JsonNode tree(Object value) {
    try {
      return mapper().valueToTree(value);
    } catch (IllegalArgumentException e) {
      throwOwn(e, "");
      throw e;
    }
  }

  /**
   * Turns JSON into a record.
   *
   * @param tree all of the record's values. Not modified.
   * @param type the record's class
   * @param source what the JSON is called in messages, such as its file's name
   * @return the record
   * @throws FjordException INVALID_CONFIGURATION naming the value that does not fit, or what the
   *     record's own checks throw
   */
  public static <T> T value(JsonNode tree, Class<T> type, String source) {
    try {
      return mapper().treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throwOwn(e, source + ": ");
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, source + ": " + JsonComplaints.ofValue(e, tree), e);
    }
  }

  private static void throwOwn(Exception e, String source) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof FjordException own) {
        throw new FjordException(own.key(), source + own.getMessage(), own);
      }
    }
  }

  /**
   * Returns a record's name in JSON, or that of its class where it has none.
   *
   * @param config Not modified.
   */
  public static String nameOf(Object config) {
    return Services.records().entrySet().stream()
        .filter(entry -> entry.getValue() == config.getClass())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(config.getClass().getSimpleName());
  }

  /**
   * Checks that a record has a name in JSON, so that it can be read again.
   *
   * @param config Not modified.
   * @throws FjordException INVALID_CONFIGURATION if no {@link NamedConfigs} has its class
   */
  public static void requireNamed(Object config) {
    Map<String, Class<?>> all = Services.records();
    if (!all.containsValue(config.getClass())) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s has no name in JSON; those that have are %s; name it by a NamedConfigs service, in META-INF/services/%s"
              .formatted(
                  config.getClass().getName(),
                  String.join(", ", all.keySet()),
                  NamedConfigs.class.getName()));
    }
  }

  /**
   * Parses text.
   *
   * @param text one JSON value; comments are allowed
   * @param source what the text is called in messages
   * @return the value
   * @throws FjordException FILE_DAMAGED, naming line and column, if it is not JSON
   */
  public static JsonNode parse(String text, String source) {
    try {
      return mapper().readTree(text);
    } catch (JsonProcessingException e) {
      String place =
          e.getLocation() == null
              ? ""
              : ", line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + place + ": not sound JSON: " + JsonComplaints.ofText(e),
          e);
    }
  }

  /**
   * Reads an object from a file.
   *
   * @param file the file
   * @return its content
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if it does not hold one JSON object
   */
  public static ObjectNode read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new FjordException(ErrorKey.FILE_MISSING, "no such file: " + file);
    }
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      if (parse(text, file.toString()) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException e) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, "cannot read " + file + ": " + e, e);
    }
    throw new FjordException(
        ErrorKey.FILE_DAMAGED, file + " does not hold a JSON object; expected { ... }");
  }

  /** Returns JSON as indented text that ends in a line break. */
  public static String text(JsonNode tree) {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    try {
      return mapper().writer(printer).writeValueAsString(tree) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Replaces values by those given, object by object; what is not given stays. An object whose
   * {@code type} is given and differs is replaced as a whole, since its values are others. A text
   * in the place of an object that has a type is this type's name.
   *
   * @param defaults all values there are. Modified.
   * @param given some of them. Not modified.
   * @param source what {@code given} is called in messages
   * @throws FjordException INVALID_CONFIGURATION if a name is not known, listing those that are
   */
  public static void merge(ObjectNode defaults, JsonNode given, String source) {
    requireObject(given, "all", source);
    merge(defaults, given, "", source);
  }

  /** As above; the path ends in a dot where it is not empty. */
  private static void merge(ObjectNode defaults, JsonNode given, String path, String source) {
    for (Map.Entry<String, JsonNode> entry : given.properties()) {
      String name = entry.getKey();
      JsonNode old = defaults.get(name);
      if (old == null) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            source
                + ": unknown key '"
                + path
                + name
                + "'; "
                + Suggestions.question(name, names(defaults))
                + "known there are "
                + String.join(", ", names(defaults)));
      }
      if (old instanceof ArrayNode list) {
        defaults.set(name, merged(list, entry.getValue(), path + name + ".", source));
        continue;
      }
      if (!(old instanceof ObjectNode inner)) {
        defaults.set(name, entry.getValue());
        continue;
      }
      JsonNode value = object(inner, entry.getValue());
      requireObject(value, path + name, source);
      if (isOtherType(inner, value)) {
        defaults.set(name, value);
      } else {
        merge(inner, value, path + name + ".", source);
      }
    }
  }

  /**
   * Merges lists of as many objects one by one; an object alone stands for a list of it. Any other
   * list replaces what was there.
   */
  private static JsonNode merged(ArrayNode old, JsonNode given, String path, String source) {
    JsonNode list = given.isObject() ? old.arrayNode().add(given) : given;
    boolean objects = list.size() == old.size() && allObjects(old) && allObjects(list);
    for (int i = 0; objects && i < old.size(); i++) {
      ObjectNode element = (ObjectNode) old.get(i);
      if (isOtherType(element, list.get(i))) {
        old.set(i, list.get(i));
      } else {
        merge(element, list.get(i), path + i + ".", source);
      }
    }
    return objects ? old : list;
  }

  private static boolean allObjects(JsonNode list) {
    for (JsonNode element : list) {
      if (!element.isObject()) {
        return false;
      }
    }
    return list.isArray() && !list.isEmpty();
  }

  private static JsonNode object(ObjectNode old, JsonNode given) {
    return given.isTextual() && old.has(TYPE) ? object().set(TYPE, given) : given;
  }

  private static void requireObject(JsonNode given, String name, String source) {
    if (!given.isObject()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          source + ": " + name + " is " + given + "; expected an object { ... }");
    }
  }

  private static boolean isOtherType(ObjectNode old, JsonNode given) {
    JsonNode type = given.get(TYPE);
    return type != null && !type.equals(old.get(TYPE));
  }

  private static List<String> names(ObjectNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
