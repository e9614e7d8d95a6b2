package dev.muster.coordinator.account.totp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.util.Base64;

import javax.imageio.ImageIO;

class QrCodeTest {

    private static final String PREFIX = "data:image/png;base64,";

    @Test
    void aPhoneReadsWhatWasWritten() throws Exception {
        var uri = "otpauth://totp/Muster:" + "n".repeat(64) + "?secret=" + "A".repeat(32);
        var written = QrCode.dataUri(uri);
        assertThat(written).startsWith(PREFIX).hasSizeLessThan(4000);
        var png = Base64.getDecoder().decode(written.substring(PREFIX.length()));
        var image = ImageIO.read(new ByteArrayInputStream(png));
        var width = image.getWidth();
        var height = image.getHeight();
        var pixels = image.getRGB(0, 0, width, height, null, 0, width);
        var bitmap =
                new BinaryBitmap(
                        new HybridBinarizer(new RGBLuminanceSource(width, height, pixels)));
        assertThat(new QRCodeReader().decode(bitmap).getText()).isEqualTo(uri);
    }
}
