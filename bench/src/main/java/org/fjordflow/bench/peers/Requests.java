package org.fjordflow.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.fjordflow.core.model.internal.JsonConfig;

/** The lines that a worker reads and writes: one JSON object in, one out. */
public final class Requests {

  /** What answers a request. */
  @FunctionalInterface
  public interface Handler {
    /** Does what is asked and returns what came of it. */
    JsonNode answer(JsonNode request) throws IOException;
  }

  private Requests() {}

  /** Answers lines of the standard input until it ends. */
  public static void serve(Handler handler) throws IOException {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(handler.answer(JsonConfig.parse(line, "request")));
    }
  }

  /** An answer with the seconds that something took. */
  public static ObjectNode answer(List<Double> seconds) {
    ObjectNode answer = JsonConfig.object();
    answer.set("seconds", JsonConfig.tree(seconds));
    return answer;
  }
}
