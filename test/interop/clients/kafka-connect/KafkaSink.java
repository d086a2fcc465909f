import com.datastax.oss.common.sink.AbstractSinkRecord;
import com.datastax.oss.common.sink.AbstractSinkRecordHeader;
import com.datastax.oss.common.sink.AbstractSinkTask;
import com.datastax.oss.common.sink.config.CassandraSinkConfig;
import com.datastax.oss.common.sink.state.LifeCycleManager;
import com.datastax.oss.driver.api.core.CqlSession;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The engine of the DataStax sinks for Kafka and Pulsar, fed without either. */
final class KafkaSink implements Platform {
  private static final String TOPIC = "greetings";

  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new KafkaSink());
  }

  @Override
  public String version() {
    return Lines.versionOf(AbstractSinkTask.class);
  }

  @Override
  public Conversation open(Entrance entrance) {
    Map<String, String> settings = new HashMap<>();
    settings.put("name", "interop");
    settings.put("jmx", "false");
    settings.put("cloud.secureConnectBundle", entrance.bundle().toString());
    entrance.credentials().ifPresent(login -> {
      settings.put("auth.username", login.username());
      settings.put("auth.password", login.password());
    });
    CqlTimeouts.forEach(entrance.timeout(), (option, value) -> settings.put("datastax-java-driver." + option, value));
    CqlSession session = LifeCycleManager.buildCqlSession(new CassandraSinkConfig(settings), version(), "interop");
    return new OverTask(session, settings, "Kafka sink " + version());
  }

  private static final class OverTask extends CqlConversation {
    private final Map<String, String> settings;

    private OverTask(CqlSession session, Map<String, String> settings, String self) {
      super(session, self);
      this.settings = settings;
    }

    /** Writes with a task, which has a session of its own. */
    @Override
    public String greet(String keyspace) throws Exception {
      define(keyspace);
      Map<String, String> mapped = new HashMap<>(settings);
      mapped.put("topic." + TOPIC + "." + keyspace + ".greetings.mapping", "id=key,words=value");
      Task task = new Task();
      task.start(mapped);
      try {
        task.put(List.of(new Greeting(self, "hello from " + self)));
      } finally {
        task.stop();
      }
      String select = "SELECT words FROM " + keyspace + ".greetings WHERE id = ?";
      return session.execute(session.prepare(select).bind(self)).one().getString("words");
    }
  }

  private record Greeting(String key, String value) implements AbstractSinkRecord {
    @Override
    public Iterable<AbstractSinkRecordHeader> headers() {
      return List.of();
    }

    @Override
    public Long timestamp() {
      return null;
    }

    @Override
    public String topic() {
      return TOPIC;
    }
  }

  private static final class Task extends AbstractSinkTask {
    @Override
    protected void handleFailure(AbstractSinkRecord record, Throwable error, String cql, Runnable counter) {
      System.err.println(error);
    }

    @Override
    public String version() {
      return "1";
    }

    @Override
    public String applicationName() {
      return "interop";
    }
  }
}
