import com.datastax.oss.driver.api.core.CqlSession;
import com.ing.data.cassandra.jdbc.CassandraConnection;
import com.ing.data.cassandra.jdbc.CassandraDriver;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** JDBC by the Cassandra JDBC wrapper. */
final class Jdbc implements Platform {
  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new Jdbc());
  }

  @Override
  public String version() {
    return Lines.versionOf(CassandraDriver.class);
  }

  @Override
  public Conversation open(Entrance entrance) throws SQLException {
    CqlTimeouts.set(entrance.timeout());
    long millis = entrance.timeout().toMillis() / 2;
    String url = "jdbc:cassandra:dbaas://?consistency=LOCAL_QUORUM&requesttimeout=" + millis
        + "&connecttimeout=" + millis + "&secureconnectbundle=" + entrance.bundle();
    Properties login = new Properties();
    entrance.credentials().ifPresent(credentials -> {
      login.setProperty("user", credentials.username());
      login.setProperty("password", credentials.password());
    });
    return new OverJdbc(DriverManager.getConnection(url, login), "JDBC " + version());
  }

  private static final class OverJdbc extends CqlConversation {
    private final Connection connection;

    private OverJdbc(Connection connection, String self) throws SQLException {
      super((CqlSession) connection.unwrap(CassandraConnection.class).getSession(), self);
      this.connection = connection;
    }

    @Override
    public String greet(String keyspace) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE KEYSPACE IF NOT EXISTS " + keyspace
            + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
        statement.execute("CREATE TABLE IF NOT EXISTS " + keyspace + ".greetings (id text PRIMARY KEY, words text)");
      }
      String insert = "INSERT INTO " + keyspace + ".greetings (id, words) VALUES (?, ?)";
      try (PreparedStatement statement = connection.prepareStatement(insert)) {
        statement.setString(1, self);
        statement.setString(2, "hello from " + self);
        statement.executeUpdate();
      }
      String select = "SELECT words FROM " + keyspace + ".greetings WHERE id = ?";
      try (PreparedStatement statement = connection.prepareStatement(select)) {
        statement.setString(1, self);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          return rows.getString("words");
        }
      }
    }

    /** The wrapper lends a session to connections of the same URL: it ends with the last. */
    @Override
    public void close() {
      try {
        connection.close();
      } catch (SQLException error) {
        throw new IllegalStateException(error);
      }
    }
  }
}
