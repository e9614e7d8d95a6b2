package dev.muster.ops.fault;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prints at the very end which rows of the table of faults were run, and what came of it. A run is
 * a test that ended, or one of its tries: those count once all of the test was checked.
 */
final class Rows implements TestWatcher, BeforeEachCallback, ParameterResolver {

    /** The rows are numbered from 1. */
    static final int LAST = 32;

    private static final Pattern ROW = Pattern.compile("f(\\d{1,2})_.*");

    /** What one row came to. */
    private record Row(int runs, int violations, String remark) {
        private static final Row NEVER = new Row(0, 0, "not run");

        Row and(Row more) {
            return new Row(runs + more.runs, violations + more.violations, remark + more.remark);
        }
    }

    /** Of all test classes; closed, and so printed, when the last has run. */
    private static final class Table implements AutoCloseable {
        private final ConcurrentHashMap<Integer, Row> rows = new ConcurrentHashMap<>();
        private final ConcurrentHashMap<String, Integer> tries = new ConcurrentHashMap<>();

        void add(ExtensionContext test, Row more) {
            rowOf(test).ifPresent(number -> rows.merge(number, more, Row::and));
        }

        void tried(ExtensionContext test) {
            tries.merge(test.getUniqueId(), 1, Integer::sum);
        }

        int tries(ExtensionContext test) {
            return tries.getOrDefault(test.getUniqueId(), 1);
        }

        @Override
        public void close() {
            System.out.printf("%nrow    runs  violations%n");
            for (int number = 1; number <= LAST; number++) {
                var row = rows.getOrDefault(number, Row.NEVER);
                System.out.printf(
                        "F%-4d %5d %11d  %s%n", number, row.runs(), row.violations(), row.remark());
            }
        }
    }

    /** For a test that tries its row several times over. */
    @FunctionalInterface
    interface Runs {
        /** One try is over; it counts if the test ends well. */
        void another();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Runs.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return (Runs) () -> table(context).tried(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        table(context);
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        var table = table(context);
        table.add(context, new Row(table.tries(context), 0, ""));
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        table(context).add(context, new Row(1, 1, ""));
    }

    @Override
    public void testAborted(ExtensionContext context, Throwable cause) {
        table(context).add(context, new Row(0, 0, "skipped: " + cause.getMessage()));
    }

    @Override
    public void testDisabled(ExtensionContext context, Optional<String> reason) {
        table(context).add(context, new Row(0, 0, "skipped: " + reason.orElse("")));
    }

    private static Table table(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(Rows.class))
                .computeIfAbsent(Table.class);
    }

    private static Optional<Integer> rowOf(ExtensionContext test) {
        return test.getTestMethod().flatMap(method -> rowOf(method.getName()));
    }

    /** The row that a test of that name is of, if it is of any. */
    static Optional<Integer> rowOf(String test) {
        return Optional.of(ROW.matcher(test))
                .filter(Matcher::matches)
                .map(matcher -> Integer.valueOf(matcher.group(1)));
    }
}
