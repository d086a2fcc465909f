import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a request a line from stdin and answers each with a line on stdout; see client.ts for their shapes. */
final class Lines {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern JAR = Pattern.compile("-(\\d[^/]*)\\.jar$");

  private final Platform platform;
  private final Map<String, Platform.Conversation> sessions = new ConcurrentHashMap<>();
  private int opened = 0;

  private Lines(Platform platform) {
    this.platform = platform;
  }

  /** Ends the process with its input. What the platform itself prints goes to stderr. */
  static void answerWith(Platform platform) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    Lines lines = new Lines(platform);
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(JSON.writeValueAsString(lines.answer(JSON.readTree(line))));
      answers.flush();
    }
    Runtime.getRuntime().halt(0);
  }

  /** As the name of the jar says from which `type` was loaded. */
  static String versionOf(Class<?> type) {
    Matcher version = JAR.matcher(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    if (!version.find()) throw new IllegalStateException(type + " is in no jar that has a version");
    return version.group(1);
  }

  private ObjectNode answer(JsonNode request) {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("id", request.get("id").asInt());
    try {
      answer.put("ok", true);
      answer.setAll(within(request.get("timeoutMillis").asLong(), () -> perform(request)));
      answer.put("version", platform.version());
    } catch (Throwable error) {
      answer.put("ok", false);
      answer.put("error", describe(error));
    }
    return answer;
  }

  private interface Task {
    ObjectNode run() throws Exception;
  }

  /** A task that takes too long is left behind in its thread: the JDK waits for a metadata service as long as it likes. */
  private static ObjectNode within(long millis, Task task) throws Throwable {
    CompletableFuture<ObjectNode> result = new CompletableFuture<>();
    Thread thread = new Thread(() -> {
      try {
        result.complete(task.run());
      } catch (Throwable error) {
        result.completeExceptionally(error);
      }
    });
    thread.setDaemon(true);
    thread.start();
    try {
      return result.get(millis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException error) {
      throw error.getCause();
    } catch (TimeoutException error) {
      thread.interrupt();
      throw new TimeoutException("nothing within " + millis + " ms");
    }
  }

  private ObjectNode perform(JsonNode request) throws Exception {
    String task = request.get("task").asText();
    switch (task) {
      case "connect":
        try (Platform.Conversation session = platform.open(entrance(request))) {
          return hostIds(session);
        }
      case "session":
        try (Platform.Conversation session = platform.open(entrance(request))) {
          return work(session, request);
        }
      case "open":
        String name = "s" + ++opened;
        sessions.put(name, platform.open(entrance(request)));
        return JSON.createObjectNode().put("session", name);
      case "query":
        return work(sessions.get(request.get("session").asText()), request);
      case "close":
        sessions.remove(request.get("session").asText()).close();
        return JSON.createObjectNode();
      default:
        throw new IllegalArgumentException("no such task: " + task);
    }
  }

  private static ObjectNode work(Platform.Conversation session, JsonNode request) throws Exception {
    String words = session.greet(request.get("keyspace").asText());
    return hostIds(session).put("words", words);
  }

  private static ObjectNode hostIds(Platform.Conversation session) throws Exception {
    ObjectNode answer = JSON.createObjectNode();
    session.hostIds().forEach(answer.putArray("hostIds")::add);
    return answer;
  }

  private static Platform.Entrance entrance(JsonNode request) {
    Optional<Platform.Credentials> credentials = Optional.ofNullable(request.get("username"))
        .map(username -> new Platform.Credentials(username.asText(), request.get("password").asText()));
    Duration timeout = Duration.ofMillis(request.get("timeoutMillis").asLong());
    return new Platform.Entrance(Path.of(request.get("bundle").asText()), credentials, timeout);
  }

  /** As the exception and its causes call themselves. Drivers keep what single nodes said as suppressed. */
  private static String describe(Throwable error) {
    StringBuilder text = new StringBuilder(error.getClass().getSimpleName() + ": " + error.getMessage());
    if (error.getCause() != null) text.append(" <- ").append(describe(error.getCause()));
    for (Throwable suppressed : error.getSuppressed()) text.append(" <- ").append(describe(suppressed));
    return text.toString();
  }
}
