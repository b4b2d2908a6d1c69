package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import org.jspecify.annotations.Nullable;

/**
 * Numbers in records that files of earlier versions lack: those whose {@link JsonProperty} has the
 * default {@link #NONE} are zero there.
 */
final class LaterComponents extends JacksonAnnotationIntrospector {

  private static final long serialVersionUID = 1;

  /** The default that a component names. */
  private static final String NONE = "0";

  /** The defaults by their text. */
  static final InjectableValues VALUES = new InjectableValues.Std().addValue(NONE, 0.0);

  @Override
  public JacksonInject.@Nullable Value findInjectableValue(AnnotatedMember member) {
    JsonProperty property = member.getAnnotation(JsonProperty.class);
    return member instanceof AnnotatedParameter
            && property != null
            && property.defaultValue().equals(NONE)
        ? JacksonInject.Value.construct(NONE, /* useInput= */ true, /* optional= */ false)
        : super.findInjectableValue(member);
  }
}
