package org.fjordflow.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Dependencies between modules, and between the packages of core, point one way. */
@AnalyzeClasses(packages = ArrowsTest.ROOT, importOptions = ImportOption.DoNotIncludeTests.class)
final class ArrowsTest {
  static final String ROOT = "org.fjordflow";
  private static final String CORE = ROOT + ".core";
  private static final String ODE = ROOT + ".ode";
  private static final String ESTIMATORS = ROOT + ".estimators";
  private static final String CNF = ROOT + ".cnf";
  private static final String DISCRETE = ROOT + ".discrete";

  private static final Set<String> BELOW_CNF = Set.of("base", "core", "ode", "estimators");
  private static final Set<String> BELOW_PROGRAMS =
      Set.of(
          "base",
          "core",
          "ode",
          "estimators",
          "cnf",
          "discrete",
          "model",
          "inference",
          "report",
          "onednn");

  private static final Set<String> LIBRARIES =
      Set.of("base", "core", "ode", "estimators", "cnf", "discrete");

  private static final Set<String> BELOW_MODEL =
      Set.of("base", "core", "ode", "estimators", "cnf", "discrete");

  private static final Set<String> BELOW_INFERENCE =
      Set.of("base", "core", "ode", "estimators", "cnf", "discrete", "model");

  /** Every module, with the modules whose classes it may name. */
  private static final Map<String, Set<String>> MODULES =
      Map.ofEntries(
          Map.entry("base", Set.of()),
          Map.entry("core", Set.of("base")),
          Map.entry("ode", Set.of("base")),
          Map.entry("estimators", Set.of("base", "core")),
          Map.entry("cnf", BELOW_CNF),
          Map.entry("discrete", Set.of("base", "core")),
          Map.entry("model", BELOW_MODEL),
          Map.entry("inference", BELOW_INFERENCE),
          Map.entry("spark", BELOW_INFERENCE),
          Map.entry("report", Set.of("base", "core")),
          Map.entry("onednn", Set.of("base", "core")),
          Map.entry("nd4j", Set.of("base", "core")),
          Map.entry("cli", BELOW_PROGRAMS),
          Map.entry("examples", BELOW_PROGRAMS),
          Map.entry("bench", BELOW_PROGRAMS));

  /** Every package of core, with the packages of core it may name. */
  private static final Map<String, Set<String>> CORE_PACKAGES =
      Map.of(
          "backend", Set.of(),
          "data", Set.of(),
          "autodiff", Set.of("backend"),
          "field", Set.of("backend", "autodiff", "nn"),
          "nn", Set.of("backend", "autodiff", "field"),
          "flow", Set.of("backend", "autodiff", "field", "nn", "data"),
          "train", Set.of("backend", "autodiff", "field", "nn", "data", "flow"),
          "model", Set.of("backend", "nn", "data", "flow", "train"));

  /** Types that a package may have. */
  private static final int MOST_TYPES = 30;

  /** Where packages have no more than that. */
  private static final Set<String> SMALL =
      Set.of(ROOT + ".base", CORE, ODE, ESTIMATORS, CNF, DISCRETE);

  /** Types of core that the internal package below their own names: values and contracts. */
  private static final Set<String> BELOW_INTERNAL =
      Set.of(
          CORE + ".autodiff.Parameter",
          CORE + ".model.Model",
          CORE + ".model.ModelSpec",
          CORE + ".model.ModelKind",
          CORE + ".model.NamedConfigs");

  /** Returns the names of the modules. */
  static Set<String> modules() {
    return new TreeSet<>(MODULES.keySet());
  }

  /** Public types that the libraries may have outside of packages named internal. */
  private static final int MOST_PUBLIC_TYPES = 120;

  @ArchTest
  static void thePublicSurfaceIsSmall(JavaClasses classes) {
    Set<String> surface = new TreeSet<>();
    for (JavaClass type : classes) {
      boolean api = LIBRARIES.contains(child(ROOT, type.getPackageName()));
      boolean internal = List.of(type.getPackageName().split("\\.")).contains("internal");
      if (api && !internal && type.isTopLevelClass() && type.getModifiers().contains(PUBLIC)) {
        surface.add(type.getName());
      }
    }
    assertTrue(surface.size() > 80, "types are seen: " + surface);
    assertTrue(surface.size() <= MOST_PUBLIC_TYPES, surface.size() + " public types: " + surface);
  }

  /** Without this, a module whose classes are not found would pass every other rule. */
  @ArchTest
  static void everyModuleIsSeenAndKnown(JavaClasses classes) {
    assertEquals(new TreeSet<>(MODULES.keySet()), children(ROOT, classes));
  }

  @ArchTest
  static void everyPackageOfCoreIsSeenAndKnown(JavaClasses classes) {
    assertEquals(new TreeSet<>(CORE_PACKAGES.keySet()), children(CORE, classes));
  }

  @ArchTest
  static void modulesPointDownwards(JavaClasses classes) {
    MODULES.forEach((module, allowed) -> arrows(ROOT, module, allowed).check(classes));
  }

  @ArchTest
  static void packagesOfCorePointDownwards(JavaClasses classes) {
    CORE_PACKAGES.forEach((name, allowed) -> arrows(CORE, name, allowed).check(classes));
  }

  @ArchTest
  static final ArchRule MODULES_ARE_FREE_OF_CYCLES =
      slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule PACKAGES_OF_CORE_ARE_FREE_OF_CYCLES =
      slices().matching(CORE + ".(*)..").should().beFreeOfCycles();

  /** Public types of ode that use its machinery; the machinery uses the others. */
  private static final Set<String> ENTRIES_OF_ODE =
      Set.of("OdeSolver", "Adjoint", "DiscreteAdjoint", "ContinuousAdjoint");

  @ArchTest
  static final ArchRule PARTS_OF_ODE_ARE_FREE_OF_CYCLES =
      slices()
          .assignedFrom(
              new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                  String inside = child(ODE + ".internal", type.getPackageName());
                  if (!inside.isEmpty()) {
                    return SliceIdentifier.of(inside);
                  }
                  if (!type.getPackageName().equals(ODE)) {
                    return SliceIdentifier.ignore();
                  }
                  String name = type.getName().substring(ODE.length() + 1);
                  return ENTRIES_OF_ODE.contains(name.replaceAll("\\$.*", ""))
                      ? SliceIdentifier.of("entries")
                      : SliceIdentifier.of("values and contracts");
                }

                @Override
                public String getDescription() {
                  return "parts of ode";
                }
              })
          .should()
          .beFreeOfCycles();

  /** Internal packages that other modules name, with these modules. */
  private static final Map<String, Set<String>> SHARED =
      Map.of(
          ODE + ".internal.parts", Set.of("cnf", "bench"),
          ODE + ".internal.problems", Set.of("cli", "bench"),
          ODE + ".internal.method", Set.of("cli"),
          CNF + ".internal", Set.of("cli", "bench"),
          CNF + ".internal.json", Set.of("cli"),
          CNF + ".internal.field", Set.of("bench"));

  /** What is named internal is not for other modules, but for those that are told above. */
  @ArchTest
  static void modulesKeepWhatIsInternal(JavaClasses classes) {
    for (String module : Set.of(ODE, ESTIMATORS, CNF, DISCRETE)) {
      noClasses()
          .that()
          .resideOutsideOfPackage(module + "..")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are internal to " + module,
                  target ->
                      (target.getPackageName() + ".").startsWith(module + ".internal.")
                          && !SHARED.containsKey(target.getPackageName())))
          .check(classes);
    }
    SHARED.forEach(
        (name, users) -> {
          Set<String> others = new TreeSet<>(MODULES.keySet());
          others.removeAll(users);
          others.remove(child(ROOT, name));
          noClasses()
              .that()
              .resideInAnyPackage(
                  others.stream().map(other -> ROOT + "." + other + "..").toArray(String[]::new))
              .should()
              .dependOnClassesThat()
              .resideInAPackage(name)
              .check(classes);
        });
  }

  @ArchTest
  static final ArchRule ALL_PACKAGES_OF_CORE_ARE_FREE_OF_CYCLES =
      slices().assignedFrom(packagesOf(CORE)).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ALL_PACKAGES_OF_DISCRETE_ARE_FREE_OF_CYCLES =
      slices().assignedFrom(packagesOf(DISCRETE)).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ALL_PACKAGES_OF_CNF_ARE_FREE_OF_CYCLES =
      slices().assignedFrom(packagesOf(CNF)).should().beFreeOfCycles();

  /** Packages that were cut once do not grow together again. */
  @ArchTest
  static void packagesAreSmall(JavaClasses classes) {
    Map<String, Integer> types = new TreeMap<>();
    for (JavaClass type : classes) {
      if (type.isTopLevelClass() && !type.getSimpleName().equals("package-info")) {
        types.merge(type.getPackageName(), 1, Integer::sum);
      }
    }
    types.keySet().removeIf(name -> SMALL.stream().noneMatch(name::startsWith));
    types.values().removeIf(count -> count <= MOST_TYPES);
    assertEquals(Map.of(), types, "packages of more than " + MOST_TYPES + " types");
  }

  /** Every package of a module by itself, however deep. */
  private static SliceAssignment packagesOf(String module) {
    return new SliceAssignment() {
      @Override
      public String getDescription() {
        return "packages of " + module;
      }

      @Override
      public SliceIdentifier getIdentifierOf(JavaClass type) {
        String name = type.getPackageName();
        if (!(name + ".").startsWith(module + ".")) {
          return SliceIdentifier.ignore();
        }
        String topLevel = type.getName().replaceAll("\\$.*", "");
        return BELOW_INTERNAL.contains(topLevel)
            ? SliceIdentifier.of(name + ", values and contracts")
            : SliceIdentifier.of(name);
      }
    };
  }

  private static ArchRule arrows(String parent, String child, Set<String> allowed) {
    DescribedPredicate<JavaClass> siblingNotAllowed =
        DescribedPredicate.describe(
            "are in " + parent + " but not in " + child + " or one of " + new TreeSet<>(allowed),
            target -> {
              String sibling = child(parent, target.getPackageName());
              return !sibling.isEmpty() && !sibling.equals(child) && !allowed.contains(sibling);
            });
    return noClasses()
        .that()
        .resideInAPackage(parent + "." + child + "..")
        .should()
        .dependOnClassesThat(siblingNotAllowed)
        .allowEmptyShould(true);
  }

  private static Set<String> children(String parent, JavaClasses classes) {
    Set<String> children = new TreeSet<>();
    for (JavaClass type : classes) {
      if (!type.getSimpleName().equals("package-info")) {
        children.add(child(parent, type.getPackageName()));
      }
    }
    children.remove("");
    return children;
  }

  /** Returns the package right below {@code parent} that holds {@code name}; empty if none does. */
  private static String child(String parent, String name) {
    if (!name.startsWith(parent + ".")) {
      return "";
    }
    String rest = name.substring(parent.length() + 1);
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }
}
