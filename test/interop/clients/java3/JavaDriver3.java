import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.Host;
import com.datastax.driver.core.Session;
import com.datastax.driver.core.SimpleStatement;
import com.datastax.driver.core.SocketOptions;
import com.datastax.driver.core.exceptions.DriverException;
import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;

/** The Java driver 3.x. */
final class JavaDriver3 implements Platform {
  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new JavaDriver3());
  }

  @Override
  public String version() {
    return Cluster.getDriverVersion();
  }

  @Override
  public Conversation open(Entrance entrance) {
    int millis = (int) entrance.timeout().toMillis() / 2;
    Cluster.Builder builder = Cluster.builder()
        .withCloudSecureConnectBundle(entrance.bundle().toFile())
        .withSocketOptions(new SocketOptions().setConnectTimeoutMillis(millis).setReadTimeoutMillis(millis))
        .withoutJMXReporting();
    entrance.credentials().ifPresent(login -> builder.withCredentials(login.username(), login.password()));
    Cluster cluster = builder.build();
    try {
      return new OverSession(cluster.connect(), "Java 3 " + version());
    } catch (RuntimeException error) {
      cluster.closeAsync();
      throw error;
    }
  }

  private record OverSession(Session session, String self) implements Conversation {
    @Override
    public SortedSet<String> hostIds() {
      SortedSet<String> hostIds = new TreeSet<>();
      for (Host host : session.getState().getConnectedHosts()) {
        try {
          SimpleStatement query = new SimpleStatement("SELECT host_id FROM system.local");
          hostIds.add(session.execute(query.setHost(host)).one().getUUID("host_id").toString());
        } catch (DriverException unreachable) {
          System.err.println(unreachable);
        }
      }
      return hostIds;
    }

    @Override
    public String greet(String keyspace) {
      session.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace
          + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE IF NOT EXISTS " + keyspace + ".greetings (id text PRIMARY KEY, words text)");
      String insert = "INSERT INTO " + keyspace + ".greetings (id, words) VALUES (?, ?)";
      session.execute(session.prepare(insert).bind(self, "hello from " + self));
      String select = "SELECT words FROM " + keyspace + ".greetings WHERE id = ?";
      return session.execute(session.prepare(select).bind(self)).one().getString("words");
    }

    @Override
    public void close() {
      session.getCluster().closeAsync().force();
    }
  }
}
