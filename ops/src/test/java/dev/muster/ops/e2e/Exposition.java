package dev.muster.ops.e2e;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Metrics in Prometheus' text format, version 0.0.4, read as strictly as Prometheus would: each
 * family declared once and its samples together, each sample once, names and numbers well formed.
 */
final class Exposition {

    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final String LABEL =
            "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") .*");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary|untyped)");
    private static final Pattern SAMPLE =
            Pattern.compile(
                    "("
                            + NAME
                            + ")(\\{(?:"
                            + LABEL
                            + "(?:,"
                            + LABEL
                            + ")*,?)?})? (\\S+)( -?\\d+)?");

    private final Set<String> families = new HashSet<>();
    private final Map<String, Double> samples = new HashMap<>();
    private String family = "";

    private Exposition() {}

    /** Fails at the first line that Prometheus would not take. */
    static Exposition read(String text) {
        var exposition = new Exposition();
        if (!text.endsWith("\n")) {
            throw new AssertionError("the last line has no line feed");
        }
        text.lines().filter(line -> !line.isBlank()).forEach(exposition::readLine);
        return exposition;
    }

    private void readLine(String line) {
        var type = TYPE.matcher(line);
        var help = HELP.matcher(line);
        if (type.matches()) {
            family = type.group(1);
            if (!families.add(family)) {
                throw new AssertionError("declared twice: " + line);
            }
        } else if (!help.matches()) {
            readSample(line);
        } else if (families.contains(help.group(1))) {
            throw new AssertionError("help after its samples: " + line);
        }
    }

    private void readSample(String line) {
        var sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            throw new AssertionError("no sample: " + line);
        }
        var name = sample.group(1);
        if (!name.equals(family) && !name.matches(family + "_(bucket|sum|count)")) {
            throw new AssertionError("outside its family " + family + ": " + line);
        }
        var labels = sample.group(2) == null ? "" : sample.group(2);
        if (samples.put(name + labels, number(sample.group(3))) != null) {
            throw new AssertionError("told twice: " + line);
        }
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    Set<String> families() {
        return families;
    }

    /** Of the sample without labels. */
    double value(String name) {
        var value = samples.get(name);
        if (value == null) {
            throw new AssertionError("there is no sample " + name);
        }
        return value;
    }
}
