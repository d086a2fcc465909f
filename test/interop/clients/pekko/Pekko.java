import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.connectors.cassandra.CassandraSessionSettings;
import org.apache.pekko.stream.connectors.cassandra.javadsl.CassandraSession;
import org.apache.pekko.stream.connectors.cassandra.javadsl.CassandraSessionRegistry;

/** Pekko Connectors: an actor system for each session. */
final class Pekko implements Platform {
  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new Pekko());
  }

  @Override
  public String version() {
    return Lines.versionOf(CassandraSession.class);
  }

  @Override
  public Conversation open(Entrance entrance) throws Exception {
    CqlTimeouts.set(entrance.timeout());
    Map<String, String> settings = new HashMap<>();
    settings.put("basic.cloud.secure-connect-bundle", entrance.bundle().toString());
    entrance.credentials().ifPresent(login -> {
      settings.put("advanced.auth-provider.class", "PlainTextAuthProvider");
      settings.put("advanced.auth-provider.username", login.username());
      settings.put("advanced.auth-provider.password", login.password());
    });
    ConfigFactory.invalidateCaches();
    Config quiet = ConfigFactory.parseMap(Map.of("pekko.loglevel", "OFF", "pekko.stdout-loglevel", "OFF"));
    Config config = quiet.withFallback(ConfigFactory.parseMap(settings).atKey("datastax-java-driver"));
    ActorSystem system = ActorSystem.create("interop", config.withFallback(ConfigFactory.load()));
    try {
      CassandraSession session = CassandraSessionRegistry.get(system).sessionFor(CassandraSessionSettings.create());
      return new OverConnector(system, session, "Pekko " + version());
    } catch (ExecutionException error) {
      system.terminate();
      throw error.getCause() instanceof Exception cause ? cause : error;
    }
  }

  private static final class OverConnector extends CqlConversation {
    private final ActorSystem system;
    private final CassandraSession connector;

    private OverConnector(ActorSystem system, CassandraSession connector, String self) throws Exception {
      super(connector.underlying().toCompletableFuture().get(), self);
      this.system = system;
      this.connector = connector;
    }

    @Override
    public String greet(String keyspace) throws Exception {
      List<String> definitions = List.of(
          "CREATE KEYSPACE IF NOT EXISTS " + keyspace
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
          "CREATE TABLE IF NOT EXISTS " + keyspace + ".greetings (id text PRIMARY KEY, words text)");
      for (String definition : definitions) connector.executeDDL(definition).toCompletableFuture().get();
      String insert = "INSERT INTO " + keyspace + ".greetings (id, words) VALUES (?, ?)";
      connector.executeWrite(insert, self, "hello from " + self).toCompletableFuture().get();
      String select = "SELECT words FROM " + keyspace + ".greetings WHERE id = ?";
      return connector.selectOne(select, self).toCompletableFuture().get().orElseThrow().getString("words");
    }

    @Override
    public void close() {
      system.terminate();
    }
  }
}
