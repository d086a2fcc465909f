#include <cassandra.h>
#include <cstdio>
#include <cstdlib>

static int fail(CassFuture* future) {
  const char* message;
  size_t length;
  cass_future_error_message(future, &message, &length);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(length), message);
  return EXIT_FAILURE;
}

int main() {
  const char* chosen = std::getenv("SCB_BUNDLE");
  const char* bundle = chosen != nullptr ? chosen : "{{bundleFile}}";
  CassCluster* cluster = cass_cluster_new();
  CassSession* session = cass_session_new();
  if (cass_cluster_set_cloud_secure_connection_bundle(cluster, bundle) != CASS_OK) {
    std::fprintf(stderr, "%s: not a bundle that the driver can read; see its log\n", bundle);
    return EXIT_FAILURE;
  }
{{#password}}
  cass_cluster_set_credentials(cluster, std::getenv("SCB_USERNAME"), std::getenv("SCB_PASSWORD"));
{{/password}}
{{^password}}
  // Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
  cass_cluster_set_credentials(cluster, "unused", "unused");
{{/password}}
{{#keyspace}}
  CassFuture* connected = cass_session_connect_keyspace(session, cluster, "{{keyspace}}");
{{/keyspace}}
{{^keyspace}}
  CassFuture* connected = cass_session_connect(session, cluster);
{{/keyspace}}
  int status = EXIT_SUCCESS;
  if (cass_future_error_code(connected) == CASS_OK) {
    std::puts("connected");
  } else {
    status = fail(connected);
  }
  cass_future_free(connected);
  cass_session_free(session);
  cass_cluster_free(cluster);
  return status;
}
