package dev.muster.protocol.pipeline;

/**
 * Something wrong in a document a person wrote.
 *
 * @param pointer where, as a JSON pointer from the document's root (RFC 6901); empty for the whole
 *     document
 * @param code a stable word a program can switch on, such as {@code unknown_field}
 * @param message one sentence for a person, saying what is allowed
 */
public record Fault(String pointer, String code, String message) {

    /** The same fault seen from a document in which this one is nested at {@code prefix}. */
    public Fault under(String prefix) {
        return new Fault(prefix + pointer, code, message);
    }
}
