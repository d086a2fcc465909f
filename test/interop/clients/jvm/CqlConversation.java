import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.util.SortedSet;
import java.util.TreeSet;

/** Over a session of the Java driver 4.x, whoever made it. */
class CqlConversation implements Platform.Conversation {
  protected final CqlSession session;
  protected final String self;

  /** `self` says hello. */
  CqlConversation(CqlSession session, String self) {
    this.session = session;
    this.self = self;
  }

  @Override
  public SortedSet<String> hostIds() {
    SortedSet<String> hostIds = new TreeSet<>();
    for (Node node : session.getMetadata().getNodes().values()) {
      if (node.getDistance() == NodeDistance.IGNORED) continue;
      try {
        SimpleStatement query = SimpleStatement.builder("SELECT host_id FROM system.local").setNode(node).build();
        hostIds.add(session.execute(query).one().getUuid("host_id").toString());
      } catch (DriverException unreachable) {
        System.err.println(unreachable);
      }
    }
    return hostIds;
  }

  @Override
  public String greet(String keyspace) throws Exception {
    define(keyspace);
    String insert = "INSERT INTO " + keyspace + ".greetings (id, words) VALUES (?, ?)";
    session.execute(session.prepare(insert).bind(self, "hello from " + self));
    String select = "SELECT words FROM " + keyspace + ".greetings WHERE id = ?";
    return session.execute(session.prepare(select).bind(self)).one().getString("words");
  }

  /** Makes the keyspace and the table, if need be. */
  protected final void define(String keyspace) {
    session.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace
        + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session.execute("CREATE TABLE IF NOT EXISTS " + keyspace + ".greetings (id text PRIMARY KEY, words text)");
  }

  @Override
  public void close() {
    session.close();
  }
}
