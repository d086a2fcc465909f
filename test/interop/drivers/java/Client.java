import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Connects with the unmodified Java driver. Arguments: bundle, [user, password]. The JDK resolves names from the file in
 * the system property jdk.net.hosts.file.
 */
public class Client {
  public static void main(String[] arguments) {
    CqlSessionBuilder builder = CqlSession.builder().withCloudSecureConnectBundle(Path.of(arguments[0]));
    if (arguments.length == 3) builder.withAuthCredentials(arguments[1], arguments[2]);
    try (CqlSession session = builder.build()) {
      var hostIds = new TreeSet<String>();
      for (int attempt = 0; attempt < 50 && hostIds.size() < 2; attempt++) {
        hostIds.add(session.execute("SELECT host_id FROM system.local").one().getUuid("host_id").toString());
      }
      session.execute("CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE IF NOT EXISTS shop.greetings (id text PRIMARY KEY, words text)");
      session.execute(session.prepare("INSERT INTO shop.greetings (id, words) VALUES (?, ?)").bind("java", "hello from Java"));
      String words = session.execute("SELECT words FROM shop.greetings WHERE id = ?", "java").one().getString("words");
      var version = CqlSession.OSS_DRIVER_COORDINATES.getVersion();
      String ids = hostIds.stream().map(id -> '"' + id + '"').collect(Collectors.joining(","));
      System.out.printf("{\"driver\":\"java %s\",\"hostIds\":[%s],\"words\":\"%s\"}%n", version, ids, words);
    }
  }
}
