# How the fjord command starts Java, in a checkout and in a distribution alike. Sourced by bash with
# `set -euo pipefail`.
# JAVA_HOME names the Java to use; FJORD_JAVA_OPTS holds more flags for the JVM, such as -Xmx8g.

fail() {
  printf 'fjord: %s\n' "$1" >&2
  exit 1
}

find_java() {
  if [[ -n ${JAVA_HOME:-} ]]; then
    java=$JAVA_HOME/bin/java
    [[ -x $java ]] || fail "JAVA_HOME is $JAVA_HOME, which has no bin/java; set it to Java 17 or later"
  else
    java=$(command -v java) || fail "no java found; install Java 17 or later, or set JAVA_HOME"
  fi
  major=$(java_major) || fail "cannot tell the version of $java"
  ((major >= 17)) || fail "$java is Java $major; fjord needs Java 17 or later (set JAVA_HOME)"
}

# Java's release file is read where there is one: asking java itself takes longer than Java needs
# to say "hello".
java_major() {
  local home line=''
  home=$(dirname "$(dirname "$(readlink -f "$java" 2>/dev/null || printf '%s' "$java")")")
  if [[ -r $home/release ]]; then
    line=$(grep '^JAVA_VERSION=' "$home/release" || true)
  fi
  [[ -n $line ]] || line=$("$java" -version 2>&1 | grep version)
  [[ $line =~ \"(1\.)?([0-9]+) ]] && printf '%s' "${BASH_REMATCH[2]}"
}

# run_java CLASS_PATH MAIN_CLASS [ARGUMENT...]: runs the class in the caller's directory, in place of
# this script, with the flags in $flags.
run_java() {
  local class_path=$1
  shift
  # A small heap to begin with, and little of it for new objects: most memory is outside of it.
  local all=(-XX:+UseParallelGC -Xms64m -XX:MaxNewSize=24m ${flags[@]+"${flags[@]}"})
  # From Java 22 on, System.console() is there for pipes too: only the shell can tell.
  if [[ -t 2 ]]; then all+=(-Dfjord.terminal=true); fi
  if ((major >= 24)); then
    all+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
  fi
  local run=(exec)
  # In the C locale Java cannot name files beyond ASCII; env, since bash complains where there is no C.UTF-8.
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in C | POSIX) run=(exec env LC_ALL=C.UTF-8) ;; esac
  # shellcheck disable=SC2086 # FJORD_JAVA_OPTS holds several words
  "${run[@]}" "$java" "${all[@]}" ${FJORD_JAVA_OPTS:-} -cp "$class_path" "$@"
}
