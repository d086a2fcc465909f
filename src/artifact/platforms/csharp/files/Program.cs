using System;
using System.Linq;
using Cassandra;

var bundle = Environment.GetEnvironmentVariable("SCB_BUNDLE") ?? "{{bundleFile}}";
using var cluster = Cluster.Builder()
    .WithCloudSecureConnectionBundle(bundle)
{{#password}}
    .WithCredentials(
        Environment.GetEnvironmentVariable("SCB_USERNAME"),
        Environment.GetEnvironmentVariable("SCB_PASSWORD"))
{{/password}}
{{^password}}
    // Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
    .WithCredentials("unused", "unused")
{{/password}}
    .Build();
{{#keyspace}}
using var session = cluster.Connect("{{keyspace}}");
{{/keyspace}}
{{^keyspace}}
using var session = cluster.Connect();
{{/keyspace}}
var row = session.Execute("SELECT cluster_name, release_version FROM system.local").First();
Console.WriteLine($"{row.GetValue<string>("cluster_name")} runs Cassandra {row.GetValue<string>("release_version")}");
