import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;

/** Connects with the bundle that application.conf names. */
public class Connect {
  public static void main(String[] args) {
    try (CqlSession session = CqlSession.builder().build()) {
      Row row = session.execute("SELECT cluster_name, release_version FROM system.local").one();
      System.out.printf("%s runs Cassandra %s%n", row.getString("cluster_name"), row.getString("release_version"));
    }
  }
}
