import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

/** Settings of the Java driver 4.x, for sessions that give up in time. */
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

  /** As system properties, which nearly every way to configure the driver obeys, for sessions from now on. */
  static void set(Duration whole) {
    forEach(whole, (option, value) -> System.setProperty("datastax-java-driver." + option, value));
  }

  /** Options and their values: each step may take half of `whole`, and nothing waits for more to come. */
  static void forEach(Duration whole, BiConsumer<String, String> use) {
    for (String option : TIMEOUTS) use.accept(option, whole.toMillis() / 2 + " milliseconds");
    for (String option : PAUSES) use.accept(option, "0");
  }
}
