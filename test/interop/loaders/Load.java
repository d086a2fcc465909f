import java.io.*;
import java.nio.file.*;
import java.security.KeyStore;
import java.util.*;
import java.util.regex.*;
import java.util.zip.*;
import javax.net.ssl.*;

/** Loads each bundle named on standard input as CloudConfigFactory does, up to the first connection. */
public class Load {
  public static void main(String[] arguments) throws IOException {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      try {
        load(Path.of(line.trim()));
        System.out.println("ok");
      } catch (Throwable error) {
        System.out.println(error.toString().replace('\n', ' '));
      }
    }
  }

  private static void load(Path path) throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    for (String name : List.of("config.json", "identity.jks", "trustStore.jks")) {
      if (!files.containsKey(name)) throw new IllegalStateException("missing file " + name);
    }
    String config = new String(files.get("config.json"), "UTF-8");
    text(config, "host");
    if (!Pattern.compile("\"port\"\\s*:\\s*\"?[0-9]").matcher(config).find()) throw new IllegalStateException("missing port");
    char[] keyPassword = text(config, "keyStorePassword").toCharArray();
    KeyStore keys = KeyStore.getInstance("JKS");
    keys.load(new ByteArrayInputStream(files.get("identity.jks")), keyPassword);
    KeyManagerFactory identity = KeyManagerFactory.getInstance("SunX509");
    identity.init(keys, keyPassword);
    KeyStore roots = KeyStore.getInstance("JKS");
    roots.load(new ByteArrayInputStream(files.get("trustStore.jks")), text(config, "trustStorePassword").toCharArray());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext.getInstance("SSL").init(identity.getKeyManagers(), trust.getTrustManagers(), null);
  }

  private static String text(String config, String name) {
    Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(config);
    if (!found.find()) throw new IllegalStateException("missing field " + name);
    return found.group(1);
  }
}
