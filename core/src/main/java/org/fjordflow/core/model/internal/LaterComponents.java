package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives numbers and lists in records that files of earlier versions lack the default that their
 * {@link JsonProperty} names: a number, or {@code []}.
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
          String text = valueId.toString();
          return text.equals("[]") ? List.of() : Double.valueOf(text);
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
