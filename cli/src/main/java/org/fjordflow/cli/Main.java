package org.fjordflow.cli;

/** Starts the {@code fjord} command as a process. */
public final class Main {

  private Main() {}

  /**
   * Runs the command and ends the process with its exit status.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(Fjord.execute(args, System.out, System.err));
  }
}
