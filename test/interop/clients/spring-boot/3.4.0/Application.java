import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.cassandra.CqlSessionBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** As users are told to do it. */
@Configuration
@EnableAutoConfiguration
class Application {
  @Bean
  CqlSessionBuilderCustomizer secureConnectBundle(@Value("${scb.bundle}") Path bundle) {
    return builder -> builder.withCloudSecureConnectBundle(bundle);
  }
}
