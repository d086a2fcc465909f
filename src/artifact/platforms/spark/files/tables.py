{{#password}}
import os

{{/password}}
from pyspark.sql import SparkSession

builder = SparkSession.builder.appName("{{name}}")
{{#password}}
builder.config("spark.cassandra.auth.username", os.environ["SCB_USERNAME"])
builder.config("spark.cassandra.auth.password", os.environ["SCB_PASSWORD"])
{{/password}}
{{^password}}
# Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
builder.config("spark.cassandra.auth.username", "unused")
builder.config("spark.cassandra.auth.password", "unused")
{{/password}}
builder.config("spark.sql.catalog.cassandra", "com.datastax.spark.connector.datasource.CassandraCatalog")
spark = builder.getOrCreate()
{{#keyspace}}
spark.sql("SHOW TABLES FROM cassandra.{{keyspace}}").show()
{{/keyspace}}
{{^keyspace}}
spark.sql("SHOW NAMESPACES FROM cassandra").show()
{{/keyspace}}
spark.stop()
