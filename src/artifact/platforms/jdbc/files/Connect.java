import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;

public class Connect {
  public static void main(String[] args) throws Exception {
    Path bundle = Path.of(System.getenv().getOrDefault("SCB_BUNDLE", "{{bundleFile}}")).toAbsolutePath();
{{#keyspace}}
    String url = "jdbc:cassandra:dbaas:///{{keyspace}}?consistency=LOCAL_QUORUM&secureconnectbundle=" + bundle;
{{/keyspace}}
{{^keyspace}}
    String url = "jdbc:cassandra:dbaas://?consistency=LOCAL_QUORUM&secureconnectbundle=" + bundle;
{{/keyspace}}
    Properties login = new Properties();
{{#password}}
    login.setProperty("user", System.getenv("SCB_USERNAME"));
    login.setProperty("password", System.getenv("SCB_PASSWORD"));
{{/password}}
{{^password}}
    // Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
    login.setProperty("user", "unused");
    login.setProperty("password", "unused");
{{/password}}
    try (Connection connection = DriverManager.getConnection(url, login);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT cluster_name, release_version FROM system.local")) {
      while (rows.next()) {
        System.out.printf("%s runs Cassandra %s%n", rows.getString(1), rows.getString(2));
      }
    }
  }
}
