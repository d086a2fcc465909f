import com.datastax.oss.driver.api.core.CqlSession;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.cassandra.core.CassandraOperations;
import org.springframework.data.cassandra.core.cql.CqlOperations;

/** Spring Boot with Spring Data: an application for each session. */
final class SpringBoot implements Platform {
  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new SpringBoot());
  }

  @Override
  public String version() {
    return Lines.versionOf(SpringApplication.class);
  }

  @Override
  public Conversation open(Entrance entrance) {
    CqlTimeouts.set(entrance.timeout());
    Map<String, Object> properties = new HashMap<>();
    properties.put("scb.bundle", entrance.bundle().toString());
    properties.put("spring.cassandra.schema-action", "none");
    properties.put("logging.level.root", "off");
    entrance.credentials().ifPresent(credentials -> {
      properties.put("spring.cassandra.username", credentials.username());
      properties.put("spring.cassandra.password", credentials.password());
    });
    SpringApplicationBuilder builder = new SpringApplicationBuilder(Application.class)
        .web(WebApplicationType.NONE)
        .properties(properties);
    return new OverTemplate(builder.run("--spring.main.banner-mode=off"), "Spring Boot " + version());
  }

  private static final class OverTemplate extends CqlConversation {
    private final ConfigurableApplicationContext application;

    private OverTemplate(ConfigurableApplicationContext application, String self) {
      super(application.getBean(CqlSession.class), self);
      this.application = application;
    }

    @Override
    public String greet(String keyspace) {
      CqlOperations cql = application.getBean(CassandraOperations.class).getCqlOperations();
      cql.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace
          + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      cql.execute("CREATE TABLE IF NOT EXISTS " + keyspace + ".greetings (id text PRIMARY KEY, words text)");
      cql.execute("INSERT INTO " + keyspace + ".greetings (id, words) VALUES (?, ?)", self, "hello from " + self);
      String select = "SELECT words FROM " + keyspace + ".greetings WHERE id = ?";
      return cql.queryForObject(select, String.class, self);
    }

    @Override
    public void close() {
      application.close();
    }
  }
}
