package dev.muster.coordinator.account.totp;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;

import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A text as an image that phones read. */
final class QrCode {

    private static final int PIXELS = 264;
    private static final int QUIET_MODULES = 4;
    private static final int BLACK = 0xff000000;
    private static final int WHITE = 0xffffffff;

    private QrCode() {}

    /** A PNG in a {@code data:} URI. */
    static String dataUri(String text) {
        var out = new ByteArrayOutputStream();
        // the default stream would put the image, and with it a secret, in a file
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            ImageIO.write(image(text), "png", stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
    }

    private static BufferedImage image(String text) {
        try {
            var hints =
                    Map.of(
                            EncodeHintType.ERROR_CORRECTION,
                            ErrorCorrectionLevel.M,
                            EncodeHintType.MARGIN,
                            QUIET_MODULES);
            var bits =
                    new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, PIXELS, PIXELS, hints);
            var image =
                    new BufferedImage(
                            bits.getWidth(), bits.getHeight(), BufferedImage.TYPE_BYTE_BINARY);
            for (var y = 0; y < bits.getHeight(); y++) {
                for (var x = 0; x < bits.getWidth(); x++) {
                    image.setRGB(x, y, bits.get(x, y) ? BLACK : WHITE);
                }
            }
            return image;
        } catch (WriterException e) {
            throw new IllegalStateException("a text of this length fits", e);
        }
    }
}
