package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.commons.annotation.Testable;

import java.util.List;
import java.util.stream.IntStream;

/** Nobody must run the faults for an hour to learn that one of them has no test any more. */
final class RowsTest {

    private static final List<JavaMethod> TESTS =
            new ClassFileImporter()
                    .importPackagesOf(Rows.class).stream()
                            .flatMap(type -> type.getMethods().stream())
                            .filter(method -> method.isMetaAnnotatedWith(Testable.class))
                            .filter(method -> Rows.rowOf(method.getName()).isPresent())
                            .toList();

    @Test
    void everyRowHasATest() {
        assertThat(TESTS.stream().map(test -> Rows.rowOf(test.getName()).orElseThrow()))
                .hasSameElementsAs(IntStream.rangeClosed(1, Rows.LAST).boxed().toList());
    }

    /** By the table, and, as integration tests are, by the name of their class. */
    @Test
    void everyTestOfARowIsRunAndCounted() {
        assertThat(TESTS.stream().map(JavaMethod::getOwner))
                .allMatch(type -> type.getSimpleName().endsWith("IT"))
                .allMatch(RowsTest::isCounted);
    }

    private static boolean isCounted(JavaClass type) {
        return type.isAnnotatedWith(ExtendWith.class)
                && List.of(type.reflect().getAnnotation(ExtendWith.class).value())
                        .contains(Rows.class);
    }
}
