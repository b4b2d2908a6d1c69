package org.fjordflow.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** What no class may do, or only those of one place. */
@AnalyzeClasses(packages = ArrowsTest.ROOT, importOptions = ImportOption.DoNotIncludeTests.class)
final class HabitsTest {
  @ArchTest
  static final ArchRule NATIVE_LIBRARIES_ARE_NAMED_IN_THE_BACKENDS_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.fjordflow.core.backend..", "org.fjordflow.onednn..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco..", "com.sun.jna..");

  @ArchTest
  static final ArchRule ND4J_IS_NAMED_IN_ITS_MODULE_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fjordflow.nd4j..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j..");

  @ArchTest
  static final ArchRule PARQUET_IS_NAMED_IN_THE_COMMAND_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fjordflow.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.parquet..", "blue.strategic..");

  @ArchTest
  static final ArchRule ONLY_PROGRAMS_PRINT =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.fjordflow.cli..", "org.fjordflow.examples..", "org.fjordflow.bench..")
          .should(ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule RANDOMNESS_IS_PASSED_IN =
      noClasses()
          .should()
          .callMethod(Math.class, "random")
          .orShould()
          .callMethod(RandomGenerator.class, "getDefault")
          .orShould()
          .callConstructor(Random.class)
          .orShould()
          .callConstructor(SplittableRandom.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ThreadLocalRandom.class);
}
