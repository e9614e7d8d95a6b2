package dev.muster.ops.fault;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;

import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Prints at the very end which rows of the table of faults were run, and what came of it. */
final class Rows implements TestWatcher, BeforeEachCallback, ParameterResolver {

    private static final Pattern ROW = Pattern.compile("f(\\d{1,2})_.*");

    /** What one row came to. */
    private record Row(int runs, int violations, String skipped) {}

    /** Of all test classes; closed, and so printed, when the last has run. */
    private static final class Table implements AutoCloseable {
        private final ConcurrentHashMap<Integer, Row> rows = new ConcurrentHashMap<>();

        void add(Optional<Integer> row, Row more) {
            row.ifPresent(
                    number ->
                            rows.merge(
                                    number,
                                    more,
                                    (a, b) ->
                                            new Row(
                                                    a.runs() + b.runs(),
                                                    a.violations() + b.violations(),
                                                    a.skipped() + b.skipped())));
        }

        @Override
        public void close() {
            System.out.printf("%nrow    runs  violations%n");
            new TreeMap<>(rows)
                    .forEach(
                            (number, row) ->
                                    System.out.printf(
                                            "F%-4d %5d %11d  %s%n",
                                            number, row.runs(), row.violations(), row.skipped()));
        }
    }

    /** For a test that tries its row several times over. */
    @FunctionalInterface
    interface Runs {
        /** One try is over. */
        void another();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Runs.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return (Runs) () -> table(context).add(rowOf(context), new Row(1, 0, ""));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        table(context);
    }

    @Override
    public void testSuccessful(ExtensionContext context) {
        table(context).add(rowOf(context), new Row(1, 0, ""));
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        table(context).add(rowOf(context), new Row(1, 1, ""));
    }

    @Override
    public void testAborted(ExtensionContext context, Throwable cause) {
        table(context).add(rowOf(context), new Row(0, 0, "skipped: " + cause.getMessage()));
    }

    @Override
    public void testDisabled(ExtensionContext context, Optional<String> reason) {
        table(context).add(rowOf(context), new Row(0, 0, "skipped: " + reason.orElse("")));
    }

    private static Table table(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(Rows.class))
                .computeIfAbsent(Table.class);
    }

    private static Optional<Integer> rowOf(ExtensionContext context) {
        return context.getTestMethod()
                .map(method -> ROW.matcher(method.getName()))
                .filter(java.util.regex.Matcher::matches)
                .map(matcher -> Integer.valueOf(matcher.group(1)));
    }
}
