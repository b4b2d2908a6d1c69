package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives numbers and lists in records that files of earlier versions lack the default that their
 * {@link JsonProperty} names: {@code 0} or {@code []}.
 */
final class LaterComponents extends JacksonAnnotationIntrospector {

  private static final long serialVersionUID = 1;

  private static final String ZERO = "0";
  private static final String EMPTY = "[]";

  /** The defaults by their text. */
  static final InjectableValues VALUES =
      new InjectableValues.Std().addValue(ZERO, 0.0).addValue(EMPTY, List.of());

  @Override
  public JacksonInject.@Nullable Value findInjectableValue(AnnotatedMember member) {
    JsonProperty property = member.getAnnotation(JsonProperty.class);
    return member instanceof AnnotatedParameter
            && property != null
            && !property.defaultValue().isEmpty()
        ? JacksonInject.Value.construct(
            property.defaultValue(), /* useInput= */ true, /* optional= */ false)
        : super.findInjectableValue(member);
  }
}
