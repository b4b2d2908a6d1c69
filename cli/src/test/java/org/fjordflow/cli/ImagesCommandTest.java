package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.model.images.Images;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of images from the command line. */
class ImagesCommandTest {

  private static final int SIZE = 4;

  @TempDir private Path folder;
  private Path images;

  /** Lines that fall and lines that rise, a folder each. */
  @BeforeEach
  void writeImages() throws IOException {
    images = folder.resolve("lines");
    Random random = new Random(3);
    for (int i = 0; i < 120; i++) {
      boolean falls = i % 2 == 0;
      BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
      for (int k = 0; k < SIZE; k++) {
        image.getRaster().setSample(falls ? k : SIZE - 1 - k, k, 0, 150 + random.nextInt(100));
      }
      Path file = images.resolve(falls ? "falling" : "rising").resolve("%03d.png".formatted(i));
      Files.createDirectories(file.getParent());
      assertTrue(ImageIO.write(image, "png", file.toFile()));
    }
  }

  private Path at(String name) {
    return folder.resolve(name);
  }

  private CommandRun train(String model, String out, Object... more) {
    Object[] words = {
      "train", "--images", images, "--model", model, "--out", at(out), "--threads", 1, "--no-report"
    };
    return CommandRun.done(with(words, more));
  }

  private static CommandRun failed(Object... words) {
    CommandRun run = CommandRun.of(words);
    assertEquals(ExitStatus.WRONG_INPUT, run.status(), run.err());
    return run;
  }

  @Test
  void aFolderOfPicturesIsTrainedScoredAndSampled() throws IOException {
    String said = train("glow", "run", "--no-labels", "--steps", 30).out();
    assertTrue(said.contains("120 grey images of 4 x 4 x 1"), said);
    assertTrue(said.contains("bits per dimension on 12 images"), said);
    assertTrue(Files.exists(at("run").resolve("samples.png")));
    String scored =
        CommandRun.done("score", "--model", at("run"), "--images", images, "--out", at("bits.csv"))
            .out();
    assertTrue(scored.contains("bits per dimension"), scored);
    Table scores = Tables.read(at("bits.csv"));
    assertEquals(List.of("image", "bits_per_dimension", "standard_error"), scores.names());
    assertEquals(120, scores.rowCount());
    assertTrue(Files.readAllLines(at("bits.csv")).get(1).contains("falling/000.png"));
    CommandRun.done(
        "sample",
        "--model",
        at("run"),
        "--grid",
        "3x5",
        "--temperature",
        0.7,
        "--out",
        at("sheet.png"));
    BufferedImage sheet = ImageIO.read(at("sheet.png").toFile());
    assertTrue(sheet.getWidth() > sheet.getHeight());
    CommandRun.done("sample", "--model", at("run"), "--n", 3, "--out", at("drawn"));
    assertEquals(3, Images.read(at("drawn").toString()).size());
    CommandRun.done("sample", "--model", at("run"), "--n", 3, "--out", at("drawn.csv"));
    double[][] rows = Tables.read(at("drawn.csv")).rows();
    assertArrayEquals(Images.read(at("drawn").toString()).rows()[2], rows[2]);
  }

  @Test
  void aConditionalModelSaysClassesAndIsGuided() {
    train("tarflow", "run", "--steps", 120);
    String scored =
        CommandRun.done(
                "score",
                "--model",
                at("run"),
                "--images",
                images,
                "--out",
                at("bits.csv"),
                "--draws",
                2)
            .out();
    assertTrue(scored.contains("given the class of 120 of them"), scored);
    Table scores = Tables.read(at("bits.csv"));
    assertEquals(
        List.of(
            "image",
            "bits_per_dimension",
            "standard_error",
            "class",
            "bits_given_class",
            "likeliest_class",
            "p_falling",
            "p_rising"),
        scores.names());
    for (double[] row : scores.rows()) {
      assertEquals(1, row[6] + row[7], 1e-6);
      assertTrue(row[1] <= row[4] + 1.0 / (SIZE * SIZE) + 1e-6, "at most one bit more");
    }
    CommandRun.done(
        "sample",
        "--model",
        at("run"),
        "--grid",
        "2x2",
        "--class",
        "rising",
        "--guidance",
        1,
        "--out",
        at("sheet.png"));
    assertTrue(
        failed(
                "sample",
                "--model",
                at("run"),
                "--grid",
                "2x2",
                "--class",
                "rizing",
                "--out",
                at("sheet.png"))
            .err()
            .contains("rising"));
  }

  @Test
  void latentsGoThereAndBackAndImagesLieBetweenImages() {
    train("maf", "run", "--steps", 20);
    CommandRun.done(
        "transform", "--model", at("run"), "--images", images, "--out", at("latents.npy"));
    CommandRun.done(
        "transform",
        "--model",
        at("run"),
        "--data",
        at("latents.npy"),
        "--inverse",
        "--out",
        at("again"));
    double[][] first = Images.read(images.toString()).rows();
    double[][] again = Images.read(at("again").toString()).rows();
    assertEquals(first.length, again.length);
    for (int i = 0; i < first.length; i++) {
      assertArrayEquals(first[i], again[i]);
    }
    Path falling = images.resolve("falling").resolve("000.png");
    Path rising = images.resolve("rising").resolve("001.png");
    CommandRun.done(
        "interpolate",
        falling,
        rising,
        "--model",
        at("run"),
        "--class",
        "falling",
        "--to-class",
        "rising",
        "--steps",
        4,
        "--out",
        at("way"));
    double[][] way = Images.read(at("way").toString()).rows();
    assertEquals(4, way.length);
    assertArrayEquals(Images.read(falling.toString()).rows()[0], way[0]);
    assertArrayEquals(Images.read(rising.toString()).rows()[0], way[3]);
  }

  @Test
  void continuousOnesAreMatchedScoredAndSampled() {
    train("unet", "run", "--no-labels", "--steps", 3, "--set", "data.test=0", "--no-pictures");
    Path few = at("few.csv");
    CommandRun.done("sample", "--model", at("run"), "--grid", "1x2", "--out", few);
    CommandRun.done(
        "score",
        "--model",
        at("run"),
        "--images",
        few,
        "--image",
        "4x4x1",
        "--draws",
        2,
        "--probes",
        2,
        "--divergence",
        "rademacher",
        "--out",
        at("bits.csv"));
    assertTrue(Double.isFinite(Tables.read(at("bits.csv")).rows()[1][1]));
  }

  @Test
  void aTrainingThatGoesOnHasTheBitsOfOneThatWasNotStopped() throws IOException {
    // Steps are known beforehand, so that the rate does not depend on where it was stopped.
    String[] config = {"--set", "schedule=constant"};
    train("tarflow", "whole", "--steps", 16, config[0], config[1], "--no-pictures");
    train("tarflow", "parts", "--steps", 7, config[0], config[1], "--no-pictures");
    train("tarflow", "parts", "--steps", 16, config[0], config[1], "--no-pictures", "--resume");
    assertArrayEquals(
        Files.readAllBytes(at("whole").resolve("model.safetensors")),
        Files.readAllBytes(at("parts").resolve("model.safetensors")));
  }

  @Test
  void noiseThatAFlowDrawsIsTrainedGoneOnWithAndScored() throws IOException {
    Object[] how = {
      "--dequantize", "variational", "--set", "variational.hiddenChannels=8",
      "--set", "schedule=constant", "--no-pictures", "--no-labels"
    };
    train("glow", "whole", with(how, "--steps", 12));
    train("glow", "parts", with(how, "--steps", 5));
    train("glow", "parts", with(how, "--steps", 12, "--resume"));
    assertArrayEquals(
        Files.readAllBytes(at("whole").resolve("model.safetensors")),
        Files.readAllBytes(at("parts").resolve("model.safetensors")));
    String said =
        failed(
                "train",
                "--images",
                images,
                "--no-labels",
                "--out",
                at("parts"),
                "--steps",
                14,
                "--resume")
            .err();
    assertTrue(said.contains("model.images.variational"), said);
    String scored =
        CommandRun.done("score", "--model", at("whole"), "--images", images, "--out", at("b.csv"))
            .out();
    assertTrue(scored.contains("bits per dimension"), scored);
    CommandRun.done("sample", "--model", at("whole"), "--grid", "2x2", "--out", at("sheet.png"));
  }

  @Test
  void thePageSaysWhereBitsComeFrom() throws IOException {
    Path shapes = at("squares");
    for (int i = 0; i < 60; i++) {
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setSample(i % 8, i % 7, 0, 200);
      Files.createDirectories(shapes);
      assertTrue(ImageIO.write(image, "png", shapes.resolve(i + ".png").toFile()));
    }
    for (Object noise : List.of("uniform", "variational")) {
      CommandRun.done(
          "train",
          "--images",
          shapes,
          "--model",
          "glow",
          "--set",
          "flow.steps=1",
          "--steps",
          2,
          "--dequantize",
          noise,
          "--threads",
          1,
          "--overwrite",
          "--out",
          at("run"));
      String page = Files.readString(at("run").resolve("report.html"));
      assertTrue(page.contains("Bits by scale"), page);
      assertFalse(page.contains("Bits by pixel"));
    }
  }

  @Test
  void continuousOnesHaveNoiseThatAFlowDraws() {
    Object[] how = {"--dequantize", "variational", "--no-labels", "--no-pictures", "--steps", 2};
    train("ffjord", "ffjord", with(how, "--set", "data.test=0"));
    train("unet", "unet", with(how, "--objective", "matching+likelihood"));
    String said =
        failed(
                "train",
                "--images",
                images,
                "--model",
                "unet",
                "--dequantize",
                "variational",
                "--out",
                at("matched"))
            .err();
    assertTrue(said.contains("matching+likelihood"), said);
  }

  private static Object[] with(Object[] words, Object... more) {
    Object[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return all;
  }

  @Test
  void otherImagesAreNotGoneOnWith() throws IOException {
    train("glow", "run", "--steps", 3, "--no-pictures");
    Object[] another = {
      "train", "--images", images, "--model", "maf", "--out", at("run"), "--steps", 5, "--resume"
    };
    assertTrue(failed(another).err().contains("is of another model: model.flow.0 was"));
    Files.delete(images.resolve("rising").resolve("001.png"));
    String said =
        failed(
                "train",
                "--images",
                images,
                "--model",
                "glow",
                "--out",
                at("run"),
                "--steps",
                5,
                "--resume")
            .err();
    assertTrue(said.contains("number of images was 120, now 119"), said);
  }

  @Test
  void noiseIsTakenAwayByAModelThatWasTrainedWithIt() {
    train("tarflow", "run", "--noise", 0.1, "--steps", 20, "--no-labels");
    CommandRun.done(
        "denoise", "--model", at("run"), "--images", images, "--no-labels", "--out", at("clean"));
    assertEquals(120, Images.read(at("clean").toString()).size());
    String said =
        failed("score", "--model", at("run"), "--images", images, "--out", at("bits.csv")).err();
    assertTrue(said.contains("noisy images"), said);
  }

  @Test
  void wrongUseIsToldInOneLine() throws IOException {
    Path empty = Files.createDirectories(at("empty"));
    Files.writeString(at("few.csv"), "1,2,3,4\n");
    for (Object[] words :
        List.of(
            new Object[] {"--images", empty},
            new Object[] {"--images", at("nowhere")},
            new Object[] {"--images", images, "--data", "moons"},
            new Object[] {},
            new Object[] {"--images", images, "--model", "ffjor"},
            new Object[] {"--images", images, "--pixels", "log"},
            new Object[] {"--images", images, "--dequantize", "variationel"},
            new Object[] {"--images", images, "--dequantize", "variational", "--noise", 0.1},
            new Object[] {"--data", "moons", "--dequantize", "uniform"},
            new Object[] {"--images", images, "--image", "4x4"},
            new Object[] {"--images", images, "--smooth", "scott"},
            new Object[] {"--images", at("few.csv"), "--image", "2x2x1", "--levels", 1},
            new Object[] {"--images", at("few.csv"), "--image", "99999x99999x999"},
            new Object[] {"--data", "moons", "--levels", 3},
            new Object[] {"--data", "moons", "--noise", 0.1})) {
      Object[] all = new Object[words.length + 3];
      all[0] = "train";
      all[1] = "--out";
      all[2] = at("run");
      System.arraycopy(words, 0, all, 3, words.length);
      String said = failed(all).err().strip();
      assertFalse(said.contains("\n"), said);
      assertTrue(said.startsWith("fjord: "), said);
      assertFalse(said.contains("unexpected"), said);
    }
    train("glow", "run", "--steps", 2, "--no-pictures");
    for (Object[] words :
        List.of(
            new Object[] {"sample", "--model", at("run"), "--out", at("a.png")},
            new Object[] {"sample", "--model", at("run"), "--grid", "8", "--out", at("a.png")},
            new Object[] {
              "sample", "--model", at("run"), "--n", 1, "--guidance", -1, "--out", at("a.png")
            },
            new Object[] {
              "sample", "--model", at("run"), "--grid", "9999x9999", "--out", at("a.png")
            },
            new Object[] {"denoise", "--model", at("run"), "--images", images, "--out", at("a")},
            new Object[] {"score", "--model", at("run"), "--images", empty, "--out", at("a.csv")},
            new Object[] {"score", "--model", at("run"), "--out", at("a.csv")})) {
      String said = failed(words).err().strip();
      assertFalse(said.contains("\n"), said);
      assertFalse(said.contains("unexpected"), said);
    }
  }

  @Test
  void picturesAreNotMixedWithOthersOrWrittenOverThoseThatAreRead() throws IOException {
    train("tarflow", "run", "--noise", 0.1, "--steps", 2, "--no-labels", "--no-pictures");
    Object[] drawn = {"sample", "--model", at("run"), "--out", at("drawn"), "--n"};
    CommandRun.done(with(drawn, 11));
    CommandRun.done(with(drawn, 11));
    assertTrue(failed(with(drawn, 3)).err().contains("00.png"));
    Path first = images.resolve("falling").resolve("000.png");
    byte[] before = Files.readAllBytes(first);
    Object[] clean = {"denoise", "--model", at("run"), "--images", images, "--no-labels", "--out"};
    for (Path out : List.of(images, images.resolve("clean"), at("lines/../lines"))) {
      assertTrue(failed(with(clean, out)).err().contains("are read"));
    }
    assertTrue(failed(with(clean, at("clean.jpg"))).err().contains(".png"));
    assertArrayEquals(before, Files.readAllBytes(first));
    // Names that differ in their endings alone are two pictures.
    Files.copy(first, images.resolve("falling").resolve("000.jpg"));
    CommandRun.done(with(clean, at("clean")));
    assertEquals(121, Images.read(at("clean").toString()).size());
    CommandRun.done(with(clean, at("run").resolve("clean")));
    assertTrue(
        failed("train", "--images", images, "--out", images.resolve("run"))
            .err()
            .contains("are read"));
  }

  private static Object[] with(Object[] words, Object more) {
    Object[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = more;
    return all;
  }

  @Test
  void samplesOfFewLevelsGoBackIntoTheirModelAsPictures() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      rows.append("%d,%d,%d,%d%n".formatted(i % 5, i % 3, i % 2, (i + 1) % 5));
    }
    Files.writeString(at("few.csv"), rows);
    CommandRun.done(
        "train",
        "--images",
        at("few.csv"),
        "--image",
        "2x2x1",
        "--levels",
        5,
        "--model",
        "maf",
        "--steps",
        5,
        "--out",
        at("run"),
        "--no-report");
    CommandRun.done("sample", "--model", at("run"), "--n", 6, "--out", at("drawn"));
    CommandRun.done("sample", "--model", at("run"), "--n", 6, "--out", at("drawn.csv"));
    CommandRun.done(
        "score", "--model", at("run"), "--images", at("drawn"), "--out", at("pictures.csv"));
    CommandRun.done(
        "score",
        "--model",
        at("run"),
        "--images",
        at("drawn.csv"),
        "--image",
        "2x2x1",
        "--out",
        at("rows.csv"));
    double[][] pictures = Tables.read(at("pictures.csv")).rows();
    double[][] numbers = Tables.read(at("rows.csv")).rows();
    for (int i = 0; i < 6; i++) {
      assertEquals(numbers[i][1], pictures[i][1]);
    }
    CommandRun.done(
        "interpolate",
        at("drawn").resolve("0.png"),
        at("drawn").resolve("1.png"),
        "--model",
        at("run"),
        "--out",
        at("way.png"));
  }

  @Test
  void lossesAreBitsPerDimension() {
    CommandRun run = train("maf", "run", "--no-labels", "--steps", 20, "--no-pictures");
    String said = run.out();
    String best = said.substring(said.indexOf("best validation loss ") + 21).split(" ", 2)[0];
    assertTrue(said.contains(best + " bits per dimension at step"), said);
    // Of 16 pixels nats are eleven times as many.
    assertTrue(Double.parseDouble(best) < 9, said);
  }
}
