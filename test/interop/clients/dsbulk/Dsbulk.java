import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.dsbulk.runner.DataStaxBulkLoader;
import com.datastax.oss.dsbulk.runner.cli.CommandLineParser;
import com.datastax.oss.dsbulk.runner.cli.ParsedCommandLine;
import com.datastax.oss.dsbulk.url.BulkLoaderURLStreamHandlerFactory;
import com.datastax.oss.dsbulk.workflow.api.Workflow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The bulk loader, as its main class runs it. Each run has a session of its own. */
final class Dsbulk implements Platform {
  public static void main(String[] arguments) throws IOException {
    BulkLoaderURLStreamHandlerFactory.install();
    Lines.answerWith(new Dsbulk());
  }

  @Override
  public String version() {
    return Lines.versionOf(DataStaxBulkLoader.class);
  }

  @Override
  public Conversation open(Entrance entrance) throws Exception {
    Runs runs = new Runs(entrance, Files.createTempDirectory(Path.of(""), "dsbulk"), "dsbulk " + version());
    try {
      runs.hostIds.addAll(runs.unload("system", "SELECT host_id FROM system.local"));
    } catch (Exception error) {
      runs.close();
      throw error;
    }
    return runs;
  }

  private static final class Runs implements Conversation {
    private final Entrance entrance;
    private final Path folder;
    private final String self;
    private final SortedSet<String> hostIds = new TreeSet<>();

    private Runs(Entrance entrance, Path folder, String self) {
      this.entrance = entrance;
      this.folder = folder.toAbsolutePath();
      this.self = self;
    }

    /** The node that its first run asked. */
    @Override
    public SortedSet<String> hostIds() {
      return hostIds;
    }

    /** Neither of its commands makes a table: that is left to the driver in it. */
    @Override
    public String greet(String keyspace) throws Exception {
      CqlTimeouts.set(entrance.timeout());
      CqlSessionBuilder builder = CqlSession.builder().withCloudSecureConnectBundle(entrance.bundle());
      entrance.credentials().ifPresent(login -> builder.withAuthCredentials(login.username(), login.password()));
      try (CqlConversation driver = new CqlConversation(builder.build(), self)) {
        driver.define(keyspace);
      }
      Path rows = Files.writeString(folder.resolve("rows.csv"), self + ",hello from " + self + "\n");
      run(keyspace, "load", "-k", keyspace, "-t", "greetings", "-m", "0=id,1=words", "-url", rows.toString());
      return unload(keyspace, "SELECT words FROM " + keyspace + ".greetings WHERE id = '" + self + "'").get(0);
    }

    private List<String> unload(String keyspace, String query) throws Exception {
      Path to = Files.createTempDirectory(folder, "unloaded");
      run(keyspace, "unload", "-query", query, "-url", to.toString());
      try (Stream<Path> files = Files.list(to)) {
        List<String> lines = new ArrayList<>();
        for (Path file : files.toList()) lines.addAll(Files.readAllLines(file));
        return lines;
      }
    }

    private void run(String keyspace, String command, String... options) throws Exception {
      List<String> words = new ArrayList<>(List.of(command, "-b", entrance.bundle().toString()));
      entrance.credentials().ifPresent(login -> {
        Collections.addAll(words, "-u", login.username(), "-p", login.password());
      });
      Collections.addAll(words, "-header", "false", "-verbosity", "quiet", "-logDir", folder.resolve("logs").toString());
      Collections.addAll(words, "-f", settings(keyspace).toString());
      Collections.addAll(words, options);
      ParsedCommandLine line = new CommandLineParser(words.toArray(String[]::new)).parse();
      Workflow workflow = line.getWorkflowProvider().newWorkflow(line.getConfig());
      try {
        workflow.init();
        workflow.execute();
      } finally {
        workflow.close();
      }
    }

    private Path settings(String keyspace) throws IOException {
      List<String> lines = new ArrayList<>();
      CqlTimeouts.forEach(entrance.timeout(), (option, value) -> {
        lines.add("datastax-java-driver." + option + " = " + value);
      });
      // The driver leaves out the keyspaces of the system otherwise, and the loader knows no others than the driver.
      lines.add("datastax-java-driver.advanced.metadata.schema.refreshed-keyspaces = [\"" + keyspace + "\"]");
      return Files.write(folder.resolve("dsbulk.conf"), lines);
    }

    @Override
    public void close() {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }
}
