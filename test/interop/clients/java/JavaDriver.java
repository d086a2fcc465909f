import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import java.io.IOException;

/** The Java driver 4.x. */
final class JavaDriver implements Platform {
  public static void main(String[] arguments) throws IOException {
    Lines.answerWith(new JavaDriver());
  }

  @Override
  public String version() {
    return Lines.versionOf(CqlSession.class);
  }

  @Override
  public Conversation open(Entrance entrance) {
    CqlTimeouts.set(entrance.timeout());
    CqlSessionBuilder builder = CqlSession.builder().withCloudSecureConnectBundle(entrance.bundle());
    entrance.credentials().ifPresent(login -> builder.withAuthCredentials(login.username(), login.password()));
    return new CqlConversation(builder.build(), "Java " + version());
  }
}
