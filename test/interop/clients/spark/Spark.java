import com.datastax.spark.connector.cql.CassandraConnector;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The Spark Cassandra Connector, in one Spark that works on this thread and is told of the bundle with every read and write. */
final class Spark implements Platform {
  private static final String SOURCE = "org.apache.spark.sql.cassandra";
  private static final StructType GREETING =
      new StructType().add("id", DataTypes.StringType).add("words", DataTypes.StringType);

  private final SparkSession spark;

  private Spark(SparkSession spark) {
    this.spark = spark;
  }

  public static void main(String[] arguments) throws IOException {
    SparkConf local = new SparkConf()
        .setMaster("local[1]")
        .setAppName("interop")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1")
        .set("spark.log.level", "OFF");
    SparkSession spark = SparkSession.builder().config(local).getOrCreate();
    // The first job takes seconds: before anyone looks at the clock.
    spark.createDataFrame(List.of(RowFactory.create("id", "words")), GREETING).collect();
    Lines.answerWith(new Spark(spark));
  }

  @Override
  public String version() {
    return Lines.versionOf(CassandraConnector.class);
  }

  @Override
  public Conversation open(Entrance entrance) {
    CqlTimeouts.set(entrance.timeout());
    String millis = String.valueOf(entrance.timeout().toMillis() / 2);
    Map<String, String> options = new HashMap<>();
    options.put("spark.cassandra.connection.config.cloud.path", entrance.bundle().toUri().toString());
    options.put("spark.cassandra.connection.timeoutMS", millis);
    options.put("spark.cassandra.read.timeoutMS", millis);
    entrance.credentials().ifPresent(login -> {
      options.put("spark.cassandra.auth.username", login.username());
      options.put("spark.cassandra.auth.password", login.password());
    });
    return new OverConnector(spark, options, "Spark " + version());
  }

  private static final class OverConnector extends CqlConversation {
    private final SparkSession spark;
    private final Map<String, String> options;

    private OverConnector(SparkSession spark, Map<String, String> options, String self) {
      super(connector(spark, options).openSession(), self);
      this.spark = spark;
      this.options = options;
    }

    private static CassandraConnector connector(SparkSession spark, Map<String, String> options) {
      SparkConf conf = spark.sparkContext().getConf();
      options.forEach(conf::set);
      return CassandraConnector.apply(conf);
    }

    @Override
    public String greet(String keyspace) {
      define(keyspace);
      Map<String, String> table = new HashMap<>(options);
      table.put("keyspace", keyspace);
      table.put("table", "greetings");
      List<Row> rows = List.of(RowFactory.create(self, "hello from " + self));
      spark.createDataFrame(rows, GREETING).write().format(SOURCE).options(table).mode(SaveMode.Append).save();
      Dataset<Row> greetings = spark.read().format(SOURCE).options(table).load();
      return greetings.filter(new Column("id").equalTo(self)).first().getString(1);
    }

    /** The connector lends its sessions, and keeps them for a while: the next one is to be new. */
    @Override
    public void close() {
      super.close();
      CassandraConnector.evictCache();
    }
  }
}
