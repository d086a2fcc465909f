import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.vertx.cassandra.CassandraClient;
import io.vertx.cassandra.CassandraClientOptions;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;

/** The Cassandra client of Vert.x. */
final class Vertx implements Platform {
  private final io.vertx.core.Vertx vertx = io.vertx.core.Vertx.vertx();

  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new Vertx());
  }

  @Override
  public String version() {
    return Lines.versionOf(CassandraClient.class);
  }

  @Override
  public Conversation open(Entrance entrance) throws Exception {
    CqlTimeouts.set(entrance.timeout());
    CqlSessionBuilder builder = CqlSession.builder().withCloudSecureConnectBundle(entrance.bundle());
    CassandraClientOptions options = new CassandraClientOptions(builder);
    entrance.credentials().ifPresent(login -> builder.withAuthCredentials(login.username(), login.password()));
    CassandraClient client = CassandraClient.create(vertx, options);
    try {
      await(client.execute("SELECT host_id FROM system.local"));
    } catch (Exception error) {
      client.close();
      throw error;
    }
    return new OverClient(client, "Vert.x " + version());
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException error) {
      throw error.getCause() instanceof Exception cause ? cause : error;
    }
  }

  private record OverClient(CassandraClient client, String self) implements Conversation {
    @Override
    public SortedSet<String> hostIds() throws Exception {
      SortedSet<String> hostIds = new TreeSet<>();
      for (var node : await(client.metadata()).getNodes().values()) {
        SimpleStatement query = SimpleStatement.builder("SELECT host_id FROM system.local").setNode(node).build();
        try {
          hostIds.add(await(client.executeWithFullFetch(query)).get(0).getUuid("host_id").toString());
        } catch (Exception unreachable) {
          System.err.println(unreachable);
        }
      }
      return hostIds;
    }

    @Override
    public String greet(String keyspace) throws Exception {
      await(client.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace
          + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"));
      await(client.execute("CREATE TABLE IF NOT EXISTS " + keyspace + ".greetings (id text PRIMARY KEY, words text)"));
      PreparedStatement insert =
          await(client.prepare("INSERT INTO " + keyspace + ".greetings (id, words) VALUES (?, ?)"));
      await(client.execute(insert.bind(self, "hello from " + self)));
      PreparedStatement select = await(client.prepare("SELECT words FROM " + keyspace + ".greetings WHERE id = ?"));
      return await(client.executeWithFullFetch(select.bind(self))).get(0).getString("words");
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
