package dev.muster.protocol.git;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What once broke some tool that runs git, in every place of an address and of a branch's name. */
final class HostileAddressTest {

    /** Begins, as a whole or as a part, like something that acts. */
    private static final List<String> ACTS =
            List.of(
                    "-oProxyCommand=x",
                    "-h",
                    "-",
                    "--upload-pack=x",
                    "--exec=x",
                    "--output=/x",
                    "--config=core.sshCommand=x",
                    "-c core.fsmonitor=x",
                    "-u./x",
                    "%2doProxyCommand=x",
                    "$(x)",
                    "${IFS}x",
                    "`x`",
                    ";x",
                    "|x",
                    "&x",
                    "&&x",
                    "'x'",
                    "\"x\"",
                    "!x",
                    ">x",
                    "<x",
                    "x y",
                    "x\ty",
                    "x\ny",
                    "x\r\ny",
                    "x\u0000y",
                    "x\u007fy",
                    "x\u001b[2Jy",
                    "x\u202ey",
                    "x\u2028y",
                    "x\u00a0y",
                    "x\u200by",
                    "x\ufeffy",
                    "x\ud800y",
                    "x\\y",
                    "x?y",
                    "x*y",
                    "x[y]",
                    "x^y",
                    "x{y}");

    private static final List<String> IN_ADDRESSES =
            List.of(
                    "%s",
                    "https://%s/a",
                    "https://h/%s",
                    "https://h/a/%s",
                    "https://%s@h/a",
                    "ssh://%s/a",
                    "ssh://%s@h/a",
                    "ssh://h/%s",
                    "ssh://h:%s/a",
                    "git@%s:a",
                    "git@h:%s",
                    "%s@h:a");

    /** Bytes of the address of a cloud's credentials, in the spellings that some program reads. */
    private static final List<String> CREDENTIALS =
            List.of(
                    "169.254.169.254",
                    "169.254.169.253",
                    "169.254.170.2",
                    "169.254.0.1",
                    "169.254.169.254.",
                    "0169.0254.0169.0254",
                    "0251.0376.0251.0376",
                    "0xa9.0xfe.0xa9.0xfe",
                    "0XA9.0XFE.0XA9.0XFE",
                    "0xa9fea9fe",
                    "2852039166",
                    "025177524776",
                    "169.16689662",
                    "169.254.43518",
                    "169.254.0xa9fe",
                    "0xa9.254.0251.254",
                    "425.510.425.510",
                    "00169.254.169.254",
                    "169.254.169.254%00",
                    "169.254.169.254%23",
                    "169\u3002254\u3002169\u3002254",
                    "\uff11\uff16\uff19.254.169.254",
                    "\u2460\u2465\u2468.254.169.254",
                    "[::ffff:169.254.169.254]",
                    "[::ffff:a9fe:a9fe]",
                    "[0:0:0:0:0:ffff:a9fe:a9fe]",
                    "[0000:0000:0000:0000:0000:FFFF:A9FE:A9FE]",
                    "[::ffff:0:a9fe:a9fe]",
                    "[::ffff:0:169.254.169.254]",
                    "[::169.254.169.254]",
                    "[::a9fe:a9fe]",
                    "[64:ff9b::a9fe:a9fe]",
                    "[64:ff9b::169.254.169.254]",
                    "[0064:ff9b:0:0:0:0:a9fe:a9fe]",
                    "[2002:a9fe:a9fe::]",
                    "[2002:a9fe:a9fe::1]",
                    "[fe80::1]",
                    "[fe80::a9fe:a9fe]",
                    "[febf::1]",
                    "[fe80::1%25eth0]",
                    "[fe80::1%eth0]",
                    "[fd00:ec2::254]",
                    "[FD00:0EC2:0:0:0:0:0:254]",
                    "[fd20:ce::254]",
                    "100.100.100.200",
                    "[::ffff:100.100.100.200]",
                    "[64:ff9b::6464:64c8]",
                    "1684301000",
                    "192.0.0.192",
                    "[::ffff:192.0.0.192]",
                    "168.63.129.16",
                    "[64:ff9b::168.63.129.16]",
                    "metadata",
                    "metadata.google.internal",
                    "METADATA.google.INTERNAL",
                    "metadata.google.internal.",
                    "metadata.goog",
                    "metadata.azure.internal",
                    "metadata.tencentyun.com",
                    "instance-data",
                    "instance-data.ec2.internal",
                    "0.0.0.0",
                    "0.1.2.3",
                    "0",
                    "0x0",
                    "00000000",
                    "255.255.255.255",
                    "240.0.0.1",
                    "224.0.0.1",
                    "239.255.255.255",
                    "[::]",
                    "[0:0:0:0:0:0:0:0]",
                    "[::ffff:0.0.0.0]",
                    "[ff02::1]",
                    "[ff0e::1]",
                    "127.1",
                    "0177.0.0.1",
                    "0x7f.1",
                    "2130706433",
                    "017700000001",
                    "0x7f000001",
                    "127.0.0.01",
                    "10.1",
                    "0xa.0.0.1",
                    "012.0.0.1",
                    "192.168.257",
                    "1.2.3",
                    "1.2.3.4.5",
                    "1.2.3.256",
                    "h.0x1",
                    "h.1",
                    "[::1",
                    "::1]",
                    "[]",
                    "[1.2.3.4]",
                    "[::1]x",
                    "[::1]@h",
                    "h@i@j",
                    "h:22@i",
                    "h#@i",
                    "h?@i",
                    "h\\@i",
                    "h%40i",
                    "h%2f..%2fi",
                    "h..i",
                    ".h",
                    "h.",
                    "-h",
                    "h-",
                    "h.-i",
                    "xn--\u00e9");

    @Test
    void noneOfThreeHundredAddressesIsTaken() {
        var addresses = new LinkedHashSet<String>();
        for (var place : IN_ADDRESSES) {
            ACTS.forEach(fragment -> addresses.add(place.replace("%s", fragment)));
        }
        for (var scheme :
                List.of(
                        "ext::sh -c x",
                        "ext::",
                        "fd::7",
                        "fd::7,8",
                        "file::/x",
                        "http",
                        "git",
                        "ftp",
                        "ftps",
                        "dict",
                        "gopher",
                        "rsync",
                        "javascript",
                        "data",
                        "transport::h",
                        "HTTPS",
                        "hTTps",
                        "git+ssh",
                        "ssh+git",
                        "https+unix",
                        "testgit::x")) {
            Stream.of("", "://h/a", "::https://h/a", ":h/a")
                    .forEach(rest -> addresses.add(scheme + rest));
        }

        assertThat(addresses).hasSizeGreaterThan(300);
        assertThat(taken(addresses)).isEmpty();
    }

    @Test
    void noneOfTwoHundredWaysToACloudsCredentialsIsTaken() {
        var addresses = new LinkedHashSet<String>();
        for (var place :
                List.of(
                        "https://%s/latest/meta-data",
                        "https://%s:8443/a", "ssh://git@%s/a", "git@%s:a")) {
            CREDENTIALS.forEach(host -> addresses.add(place.replace("%s", host)));
        }
        // the host h, and a path that may hold what it likes
        addresses.remove("git@h:22@i:a");

        assertThat(addresses).hasSizeGreaterThan(200);
        assertThat(taken(addresses)).isEmpty();
    }

    @Test
    void whereATeamKeepsItsRepositoriesIsTaken() {
        for (var host :
                List.of(
                        "10.0.0.7",
                        "192.168.1.2",
                        "172.16.0.1",
                        "100.64.0.1",
                        "127.0.0.1",
                        "localhost",
                        "git",
                        "git.internal",
                        "metadata.example.com",
                        "[fd00::7]",
                        "[::1]",
                        "[2001:db8::1]",
                        "[64:ff9b::808:808]",
                        "1e100.net",
                        "0x.example")) {
            assertThat(RepositoryUrl.faultIn("https://" + host + "/a.git")).as(host).isEmpty();
        }
    }

    @Test
    void noneOfThreeHundredBranchNamesIsTaken() {
        var names = new LinkedHashSet<String>();
        for (var place :
                List.of(
                        "%s",
                        "a/%s",
                        "%s/a",
                        "refs/heads/%s",
                        "%s.lock",
                        "%s..main",
                        "%s@{1}",
                        "main:%s")) {
            ACTS.forEach(fragment -> names.add(place.replace("%s", fragment)));
        }
        // a dash that begins a part, not the whole, is no option: git is given the whole
        names.removeIf(name -> name.matches("(a|refs/heads)/-[A-Za-z./=-]*"));

        assertThat(names).hasSizeGreaterThan(300);
        var taken = new ArrayList<String>();
        names.stream().filter(name -> BranchName.faultIn(name).isEmpty()).forEach(taken::add);
        assertThat(taken).isEmpty();
    }

    private static List<String> taken(Set<String> addresses) {
        return addresses.stream().filter(text -> RepositoryUrl.faultIn(text).isEmpty()).toList();
    }
}
