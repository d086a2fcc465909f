import com.datastax.oss.driver.api.core.CqlSession;
import io.micronaut.cassandra.CassandraSessionFactory;
import io.micronaut.context.ApplicationContext;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Micronaut: an application for each session. */
final class Micronaut implements Platform {
  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new Micronaut());
  }

  @Override
  public String version() {
    return Lines.versionOf(CassandraSessionFactory.class);
  }

  @Override
  public Conversation open(Entrance entrance) {
    CqlTimeouts.set(entrance.timeout());
    Map<String, Object> properties = new HashMap<>();
    properties.put("cassandra.default.basic.cloud.secure-connect-bundle", entrance.bundle().toString());
    entrance.credentials().ifPresent(credentials -> {
      properties.put("cassandra.default.advanced.auth-provider.class", "PlainTextAuthProvider");
      properties.put("cassandra.default.advanced.auth-provider.username", credentials.username());
      properties.put("cassandra.default.advanced.auth-provider.password", credentials.password());
    });
    ApplicationContext application = ApplicationContext.run(properties);
    try {
      CqlSession session = application.getBean(CqlSession.class);
      return new CqlConversation(session, "Micronaut " + version()) {
        @Override
        public void close() {
          application.close();
        }
      };
    } catch (RuntimeException error) {
      application.close();
      throw error;
    }
  }
}
