import java.time.Duration;
import java.util.List;

/** Settings of the Java driver 4.x that every way to configure it obeys: its system properties. */
final class CqlTimeouts {
  private static final List<String> TIMEOUTS = List.of(
      "basic.request.timeout",
      "advanced.connection.connect-timeout",
      "advanced.connection.init-query-timeout",
      "advanced.connection.set-keyspace-timeout",
      "advanced.control-connection.timeout",
      "advanced.metadata.schema.request-timeout");
  private static final List<String> PAUSES = List.of(
      "advanced.metadata.schema.debouncer.window",
      "advanced.netty.io-group.shutdown.quiet-period",
      "advanced.netty.admin-group.shutdown.quiet-period");

  private CqlTimeouts() {}

  /** For sessions from now on: each step may take half of `whole`, and nothing waits for more to come. */
  static void set(Duration whole) {
    for (String option : TIMEOUTS) setProperty(option, whole.toMillis() / 2 + " milliseconds");
    for (String option : PAUSES) setProperty(option, "0");
  }

  private static void setProperty(String option, String value) {
    System.setProperty("datastax-java-driver." + option, value);
  }
}
