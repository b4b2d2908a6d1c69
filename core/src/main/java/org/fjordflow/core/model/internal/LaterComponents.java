package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import org.jspecify.annotations.Nullable;

/**
 * Gives numbers in records that files of earlier versions lack the default that their {@link
 * JsonProperty} names.
 */
final class LaterComponents extends JacksonAnnotationIntrospector {

  private static final long serialVersionUID = 1;

  /** The default of a component, by its text. */
  static final InjectableValues VALUES =
      new InjectableValues() {
        @Override
        public Object findInjectableValue(
            Object valueId,
            DeserializationContext context,
            BeanProperty property,
            @Nullable Object owner) {
          return Double.valueOf(valueId.toString());
        }
      };

  @Override
  public JacksonInject.@Nullable Value findInjectableValue(AnnotatedMember member) {
    JsonProperty property = member.getAnnotation(JsonProperty.class);
    return member instanceof AnnotatedParameter
            && property != null
            && !property.defaultValue().isEmpty()
        ? JacksonInject.Value.construct(property.defaultValue(), /* useInput= */ true)
        : super.findInjectableValue(member);
  }
}
