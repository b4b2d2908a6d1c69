# What ./fjord, examples/run and the programs in bench share. Sourced by bash with $root set to the
# checkout and `set -euo pipefail`.
# JAVA_HOME names the JDK to use; FJORD_JAVA_OPTS holds more flags for the JVM, such as -Xmx8g.

source "$root/bin/java.sh"

# own_jar MODULE: the jar of the module itself, the newest where several versions lie beside each other.
own_jar() {
  local jar newest=''
  for jar in "$root/$1"/target/quick/fjord-"$1"-*.jar; do
    case $jar in *-sources.jar | *-javadoc.jar | *-tests.jar) continue ;; esac
    if [[ -e $jar && (-z $newest || $jar -nt $newest) ]]; then newest=$jar; fi
  done
  printf '%s' "$newest"
}

# class_path MODULE CLASS_PATH_FILE: the jars that Maven names in the file, then the module's own,
# which it does not name.
class_path() {
  printf '%s:%s' "$(<"$2")" "$(own_jar "$1")"
}

# is_current MODULE CLASS_PATH_FILE: whether a build is there that is not older than the sources, by
# this script or by any Maven command.
is_current() {
  [[ -s $2 && -n $(own_jar "$1") ]] || return 1
  local newer entry
  newer=$(find "$root"/pom.xml "$root"/*/pom.xml "$root"/*/src/main -newer "$2" -print -quit)
  [[ -z $newer ]] || return 1
  local IFS=:
  for entry in $(class_path "$1" "$2"); do
    [[ -e $entry ]] || return 1
    # A build of one module alone takes the others as they were installed, perhaps long ago.
    case $entry in */org/fjordflow/fjord-*) return 1 ;; esac
  done
}

# build MODULE CLASS_PATH_FILE
build() {
  command -v mvn >/dev/null || fail "no mvn found to build it with; install Maven 3.8.7 or later"
  printf 'building fjord (%s) ...\n' "$([[ -e $2 ]] && echo 'sources changed' || echo 'first run')" >&2
  local started=$root/target/build-started
  touch "$started"
  local log=$root/target/build.log
  # Kept away from the terminal: Maven writes colour codes even where it has nothing to say.
  if ! (cd "$root" && mvn -q -B -Dstyle.color=never -Dquick -pl "$1" -am package >"$log" 2>&1); then
    cat "$log" >&2
    fail "the build failed; see above"
  fi
  # As old as the start of the build: a source saved while it ran is newer, and is built next time.
  touch -r "$started" "$2"
}

# archive_classes MODULE MAIN_CLASS CLASS_PATH_FILE ARCHIVE: runs the class with the arguments in
# $archived_run once, and keeps the classes it loads in a form that later runs load faster. Where
# that fails, an empty file says not to try again.
archive_classes() {
  local folder
  folder=$(mktemp -d 2>/dev/null) || return 0 # later runs load as fast as this one
  if ! (cd "$folder" && "$java" -XX:+UseParallelGC -Xms64m -XX:MaxNewSize=24m -Xlog:disable "-XX:ArchiveClassesAtExit=$4.new" \
    -cp "$(class_path "$1" "$3")" "$2" "${archived_run[@]}") >/dev/null 2>&1 || [[ ! -s $4.new ]]; then
    : >"$4.new"
  fi
  rm -rf "$folder"
  mv -f "$4.new" "$4"
}

# launch MODULE MAIN_CLASS [ARGUMENT...]: builds the module where it is missing or older than the
# sources, then runs the class in the caller's directory.
launch() {
  local module=$1 main=$2
  shift 2
  local class_path_file=$root/$module/target/quick/classpath.txt
  local java major
  find_java
  if ! is_current "$module" "$class_path_file"; then
    mkdir -p "$root/target" 2>/dev/null || true
    [[ -w $root/target ]] || fail "it has to be built, and $root/target cannot be written; build it where it can"
    (
      # One build at a time; who waited for another's finds it done.
      if command -v flock >/dev/null; then flock 9; fi
      if ! is_current "$module" "$class_path_file"; then build "$module" "$class_path_file"; fi
    ) 9>"$root/target/build.lock"
  fi
  local flags=()
  if [[ -n ${archived_run:-} ]]; then
    local archive=$root/$module/target/quick/classes-$major.jsa
    mkdir -p "$root/target" 2>/dev/null || true
    # Only where it can be written: a checkout may be read-only once it is built.
    if [[ -w $root/target && -w ${archive%/*} && (! -e $archive || $archive -ot $class_path_file) ]]; then
      (
        if command -v flock >/dev/null; then flock 9; fi
        if [[ ! -e $archive || $archive -ot $class_path_file ]]; then
          archive_classes "$module" "$main" "$class_path_file" "$archive"
        fi
      ) 9>"$root/target/build.lock"
    fi
    # An archive of another update of this Java is passed over, and nothing is said about it.
    if [[ -s $archive ]]; then flags+=("-XX:SharedArchiveFile=$archive" -Xlog:disable); fi
  fi
  # ND4J's OpenMP threads wait for each other: on busy cores for most of the time. Nothing else here
  # computes by this number; but programs beside which bench measures do.
  if [[ $module != bench ]]; then export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}; fi
  run_java "$(class_path "$module" "$class_path_file")" "$main" "$@"
}
