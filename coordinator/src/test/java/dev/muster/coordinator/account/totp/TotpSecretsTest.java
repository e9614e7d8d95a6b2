package dev.muster.coordinator.account.totp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.account.MasterKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Locale;

class TotpSecretsTest {

    @TempDir private Path data;
    @TempDir private Path elsewhere;

    private final byte[] secret = {1, 2, 3, 4, 5};

    @Test
    void whatWasSealedOpensForItsDeveloperOnly() {
        var secrets = new TotpSecrets(MasterKey.open(data));
        var sealed = secrets.seal(7, secret);
        assertThat(secrets.open(7, sealed)).isEqualTo(secret);
        assertThat(secrets.seal(7, secret)).isNotEqualTo(sealed);
        assertThatThrownBy(() -> secrets.open(8, sealed)).isInstanceOf(IllegalStateException.class);
        var other = new TotpSecrets(MasterKey.open(elsewhere));
        assertThatThrownBy(() -> other.open(7, sealed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noByteCanBeChangedOrLeftOut() {
        var secrets = new TotpSecrets(MasterKey.open(data));
        for (var i = 0; i < secrets.seal(7, secret).length; i++) {
            var sealed = secrets.seal(7, secret);
            sealed[i] ^= 1;
            assertThatThrownBy(() -> secrets.open(7, sealed))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> secrets.open(7, new byte[3]))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aRecoveryCodeIsItsDevelopersAndHoweverItIsTyped() {
        var secrets = new TotpSecrets(MasterKey.open(data));
        var code = RecoveryCodes.random().getFirst();
        assertThat(code).matches("([a-z2-7]{4}-){3}[a-z2-7]{4}");
        var normal = RecoveryCodes.normal(code);
        assertThat(RecoveryCodes.normal(" " + code.toUpperCase(Locale.ROOT) + "\n"))
                .isEqualTo(normal);
        assertThat(secrets.mac(7, normal)).isEqualTo(secrets.mac(7, normal));
        assertThat(secrets.mac(7, normal)).isNotEqualTo(secrets.mac(8, normal));
        assertThat(RecoveryCodes.random()).hasSize(10).doesNotHaveDuplicates();
    }
}
