import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.Row;
import com.datastax.driver.core.Session;
import java.io.File;

public class Connect {
  public static void main(String[] args) {
    File bundle = new File(System.getenv().getOrDefault("SCB_BUNDLE", "{{bundleFile}}"));
    Cluster.Builder builder = Cluster.builder().withCloudSecureConnectBundle(bundle);
{{#password}}
    builder.withCredentials(System.getenv("SCB_USERNAME"), System.getenv("SCB_PASSWORD"));
{{/password}}
{{^password}}
    // Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
    builder.withCredentials("unused", "unused");
{{/password}}
{{#keyspace}}
    try (Cluster cluster = builder.build(); Session session = cluster.connect("{{keyspace}}")) {
{{/keyspace}}
{{^keyspace}}
    try (Cluster cluster = builder.build(); Session session = cluster.connect()) {
{{/keyspace}}
      Row row = session.execute("SELECT cluster_name, release_version FROM system.local").one();
      System.out.printf("%s runs Cassandra %s%n", row.getString("cluster_name"), row.getString("release_version"));
    }
  }
}
