import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedSet;

/** What a program puts between {@link Lines} and its cluster. */
interface Platform {
  /** Of what reads the bundle. */
  String version();

  Conversation open(Entrance entrance) throws Exception;

  /** A session is to give up within `timeout`. */
  record Entrance(Path bundle, Optional<Credentials> credentials, Duration timeout) {}

  record Credentials(String username, String password) {}

  /** A session with a cluster. */
  interface Conversation extends AutoCloseable {
    /** Of the nodes that answered, by `system.local`. */
    SortedSet<String> hostIds() throws Exception;

    /** Makes the keyspace and a table if need be, writes, and reads back: `hello from …`. */
    String greet(String keyspace) throws Exception;

    @Override
    void close();
  }
}
