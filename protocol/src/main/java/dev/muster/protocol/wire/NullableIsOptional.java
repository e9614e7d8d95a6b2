package dev.muster.protocol.wire;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Executable;

/**
 * A component of a record must be there, and not null, unless it is {@code @Nullable}: the writer
 * leaves nulls out, so their absence is no fault, while a message without its lease is one.
 */
final class NullableIsOptional extends JacksonAnnotationIntrospector {

    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
        if (member instanceof AnnotatedParameter parameter
                && parameter.getOwner().getAnnotated() instanceof Executable constructor) {
            return !isNullable(constructor, parameter.getIndex());
        }
        return super.hasRequiredMarker(member);
    }

    @Override
    public JsonSetter.Value findSetterInfo(Annotated component) {
        if (component instanceof AnnotatedParameter parameter
                && parameter.getOwner().getAnnotated() instanceof Executable constructor
                && !isNullable(constructor, parameter.getIndex())) {
            return JsonSetter.Value.forValueNulls(Nulls.FAIL);
        }
        return super.findSetterInfo(component);
    }

    private static boolean isNullable(Executable constructor, int component) {
        var type = constructor.getAnnotatedParameterTypes()[component];
        return type.isAnnotationPresent(Nullable.class);
    }
}
