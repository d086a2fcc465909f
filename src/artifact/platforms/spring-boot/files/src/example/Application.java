package example;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.cassandra.CqlSessionBuilderCustomizer;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class Application {
  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  @Bean
  CqlSessionBuilderCustomizer secureConnectBundle(@Value("${scb.bundle}") Path bundle) {
    return builder -> builder.withCloudSecureConnectBundle(bundle);
  }

  @Bean
  CommandLineRunner sayHello(CqlSession session) {
    return args -> {
      Row row = session.execute("SELECT cluster_name, release_version FROM system.local").one();
      System.out.printf("%s runs Cassandra %s%n", row.getString("cluster_name"), row.getString("release_version"));
    };
  }
}
