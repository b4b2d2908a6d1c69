package org.fjordflow.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.SparkSession;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import scala.Option;

/** A stage in any file system that Hadoop knows: Spark's metadata, and the model's folder. */
final class StageFiles {
  private static final String MODEL = "model";

  private StageFiles() {}

  private static Configuration configuration(SparkSession session) {
    return session.sparkContext().hadoopConfiguration();
  }

  /** Writes a stage. */
  static final class Writer extends MLWriter {
    private final FlowModelTransformer stage;

    Writer(FlowModelTransformer stage) {
      this.stage = stage;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter.saveMetadata(stage, path, sparkSession());
      Path folder = new Path(path, MODEL);
      try {
        FileSystem system = folder.getFileSystem(configuration(sparkSession()));
        system.mkdirs(folder);
        for (Map.Entry<String, byte[]> file : stage.shared().files().entrySet()) {
          try (OutputStream out = system.create(new Path(folder, file.getKey()), true)) {
            out.write(file.getValue());
          }
        }
      } catch (IOException e) {
        throw new FjordException(ErrorKey.FILE_UNWRITABLE, path + " cannot be written: " + e, e);
      }
    }
  }

  /** Reads a stage. */
  static final class Reader extends MLReader<FlowModelTransformer> {
    @Override
    public FlowModelTransformer load(String path) {
      DefaultParamsReader.Metadata metadata =
          DefaultParamsReader.loadMetadata(
              path, sparkSession(), FlowModelTransformer.class.getName());
      Map<String, byte[]> files = new LinkedHashMap<>();
      Path folder = new Path(path, MODEL);
      try {
        FileSystem system = folder.getFileSystem(configuration(sparkSession()));
        for (FileStatus file : system.listStatus(folder)) {
          try (InputStream in = system.open(file.getPath())) {
            files.put(file.getPath().getName(), in.readAllBytes());
          }
        }
      } catch (IOException e) {
        throw new FjordException(ErrorKey.FILE_MISSING, path + " cannot be read: " + e, e);
      }
      FlowModelTransformer stage = new FlowModelTransformer(metadata.uid(), SparkModel.of(files));
      metadata.getAndSetParams(stage, Option.empty());
      return stage;
    }
  }
}
