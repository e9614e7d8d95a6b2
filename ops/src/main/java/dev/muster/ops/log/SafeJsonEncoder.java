package dev.muster.ops.log;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;

import java.nio.charset.StandardCharsets;

/** JSON as Logback writes it, and no character in it that would act on who looks at it. */
final class SafeJsonEncoder extends JsonEncoder {

    @Override
    public byte[] encode(ILoggingEvent event) {
        var line = new String(super.encode(event), StandardCharsets.UTF_8);
        return Escaped.json(line).getBytes(StandardCharsets.UTF_8);
    }
}
