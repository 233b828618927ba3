// Opens the HTML report from disk in Chromium, as a reader would, and validates other reports with foreign tools.
//
// CHROMIUM names the browser (default /usr/bin/chromium). REPORTS names a folder with rendered samples; without it the
// samples are rendered by cargo into a temporary folder.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import AjvDraft04 from "ajv-draft-04";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { chromium } from "playwright-core";
import { Parser } from "tap-parser";

const require = createRequire(import.meta.url);
const repository = join(import.meta.dirname, "..", "..", "..");
const temporary = mkdtempSync(join(tmpdir(), "conformance-reports-"));
const reports = process.env.REPORTS ?? temporary;
if (!process.env.REPORTS) {
  execFileSync("cargo", ["run", "--quiet", "-p", "conformance", "--example", "sample_reports", "--", reports], {
    cwd: repository,
    stdio: "inherit",
  });
}
const read = (name) => readFileSync(join(reports, name), "utf8");
const report = JSON.parse(read("report.json"));
const address = pathToFileURL(join(reports, "index.html")).href;

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
});
after(async () => {
  await browser?.close();
  rmSync(temporary, { recursive: true, force: true });
});

// Opens the page, hands it to `use`, and then insists that nothing ran, loaded or failed that should not have.
async function open(options, use, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { troubles.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(address)) troubles.push(`request: ${request.url()}`); });
  try {
    await page.goto(address + hash);
    await use(page);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
  }
}

const visible = (page) => page.locator(".case:visible").count();
const chip = (page, name, value) => page.locator(`input[name=${name}][value=${value}]`);

describe("the page", () => {
  test("opens from disk and shows every case", async () => {
    await open({}, async (page) => {
      assert.equal(await visible(page), report.cases.length);
      assert.equal(await page.locator("h1").innerText(), report.summary.verdict);
      for (const entry of report.cases) {
        const shown = page.locator(`[id="${entry.id}"]`);
        assert.equal(await shown.getAttribute("data-outcome"), entry.outcome);
        assert.equal(await shown.getAttribute("data-level"), entry.level);
      }
    });
  });

  test("hostile text is text", async () => {
    await open({}, async (page) => {
      assert.equal(await page.locator("script").count(), 1);
      assert.equal(await page.locator("style").count(), 1);
      assert.equal(await page.locator("iframe, img, object, embed, link, form, base, svg").count(), 0);
      const actual = await page.locator("#RCS-LAST-PERM-001 .actual dd").innerText();
      assert.ok(actual.startsWith("<script>alert('x')</script>]]>\\n::error::pwned"), actual);
      assert.equal(await page.locator("a:not([href^='#'])").count(), 0);
    });
  });

  test("its policy stops scripts and requests that were slipped in", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(address);
    const outcome = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.slipped = true";
      document.body.append(script);
      const reached = await fetch("data:text/plain,x").then(() => true, () => false);
      return { slipped: window.slipped ?? false, reached };
    });
    assert.deepEqual(outcome, { slipped: false, reached: false });
    await context.close();
  });

  test("filters by outcome and level together", async () => {
    await open({}, async (page) => {
      const count = (keep) => report.cases.filter(keep).length;
      await chip(page, "outcome", "fail").check();
      assert.equal(await visible(page), count((entry) => entry.outcome === "fail"));
      await chip(page, "level", "must").check();
      assert.equal(await visible(page), count((entry) => entry.outcome === "fail" && entry.level === "must"));
      await chip(page, "outcome", "skip").check();
      const both = count((entry) => ["fail", "skip"].includes(entry.outcome) && entry.level === "must");
      assert.equal(await visible(page), both);
      assert.equal(await page.locator("#shown").innerText(), `${both} of ${report.cases.length} cases shown`);
      assert.equal(await page.locator("section.area:visible", { hasText: "findings about the published documents" }).count(), 0);
      await page.locator("#reset").click();
      assert.equal(await visible(page), report.cases.length);
    });
  });

  test("searches ids, pointers and values", async () => {
    await open({}, async (page) => {
      for (const [words, id] of [["rcs-list-page-004", "RCS-LIST-PAGE-004"], ["/statistics/3/createdat", "RCS-LIST-SORT-001"], ["raised workspace", "RCS-LIST-PAGE-004"]]) {
        await page.locator("#search").fill(words);
        assert.deepEqual(await page.locator(".case:visible").evaluateAll((all) => all.map((entry) => entry.id)), [id], words);
      }
      await page.locator("#search").fill("no such words");
      assert.equal(await visible(page), 0);
    });
  });

  test("can be used with the keyboard alone", async () => {
    await open({}, async (page) => {
      await page.locator("#search").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      assert.equal(await visible(page), report.summary.totals.pass);
      await page.keyboard.press("Space");
      await page.locator("#RCS-LIST-AUTH-001 > summary").focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.locator("#RCS-LIST-AUTH-001").getAttribute("open"), "");
    });
  });

  test("a link to a case unfolds it", async () => {
    await open({}, async (page) => {
      assert.equal(await page.locator("#RCS-LIST-PERM-002").getAttribute("open"), "");
      await chip(page, "outcome", "fail").check();
      await page.locator(".list a", { hasText: "RCS-DOC-STAT-001" }).click();
      await page.locator("#RCS-DOC-STAT-001 .body").waitFor({ state: "visible" });
    }, "#RCS-LIST-PERM-002");
  });

  test("unfolds and folds what is shown", async () => {
    await open({}, async (page) => {
      await page.locator("#unfold").click();
      assert.equal(await page.locator(".case[open]").count(), report.cases.length);
      await page.locator("#unfold").click();
      assert.equal(await page.locator(".case[open]").count(), 0);
    });
  });

  test("copies the line that reproduces a failure", async () => {
    await open({ permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      const holder = page.locator("#RCS-LIST-PAGE-004 .copyable").first();
      await holder.locator("button").click();
      await holder.locator("button", { hasText: /Copied|Selected/ }).waitFor();
      const line = await holder.locator("code").innerText();
      assert.equal(line, report.cases.find((entry) => entry.id === "RCS-LIST-PAGE-004").curl);
    });
  });

  test("is complete without its script", async () => {
    await open({ javaScriptEnabled: false }, async (page) => {
      assert.equal(await visible(page), report.cases.length);
      assert.equal(await page.locator("#filters").isVisible(), false);
      assert.equal(await page.locator("#RCS-LIST-PAGE-004 .actual").first().isVisible(), true);
    });
  });

  test("fits a phone", async () => {
    for (const width of [320, 390]) {
      await open({ viewport: { width, height: 800 }, hasTouch: true, isMobile: true }, async (page) => {
        await page.locator("#unfold").click();
        await page.locator(".evidence > summary").first().click();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        const [expected, actual] = await Promise.all([".expected", ".actual"].map((side) => page.locator(`#RCS-LIST-PAGE-004 ${side}`).first().boundingBox()));
        assert.ok(actual.y >= expected.y + expected.height, "expected and actual stand below each other");
      });
    }
  });

  test("sets expected against actual on a wide screen", async () => {
    await open({}, async (page) => {
      const [expected, actual] = await Promise.all([".expected", ".actual"].map((side) => page.locator(`#RCS-LIST-PAGE-004 ${side}`).first().boundingBox()));
      assert.equal(actual.y, expected.y);
      assert.ok(actual.x >= expected.x + expected.width);
    });
  });

  test("follows dark mode", async () => {
    const paper = async (colorScheme) => {
      let color;
      await open({ colorScheme }, async (page) => {
        color = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      });
      return color.match(/\d+/g).map(Number).reduce((sum, part) => sum + part) / 3;
    };
    assert.ok(await paper("light") > 200);
    assert.ok(await paper("dark") < 50);
  });

  test("has no accessibility violations, light or dark, wide or narrow", async () => {
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [390, 1200]) {
        await open({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
          await page.locator("#unfold").click();
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => window.axe.run());
          const told = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`);
          assert.deepEqual(told, [], `${colorScheme}, ${width} wide`);
        });
      }
    }
  });

  test("prints without its controls", async () => {
    await open({}, async (page) => {
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator("#filters").isVisible(), false);
      assert.equal(await page.locator("#RCS-LIST-PAGE-004 .actual").first().isVisible(), true);
      assert.ok((await page.pdf()).length > 10_000);
    });
  });
});

describe("other reports", () => {
  test("SARIF is valid by the schema of 2.1.0", () => {
    const schema = JSON.parse(readFileSync(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8"));
    const ajv = new AjvDraft04({ allErrors: true, strict: false, unicodeRegExp: false });
    addFormats(ajv);
    const validate = ajv.compile(schema);
    const log = JSON.parse(read("report.sarif"));
    assert.ok(validate(log), JSON.stringify(validate.errors, null, 2));
    log.runs[0].results[0].kind = "passed";
    assert.equal(validate(log), false, "the schema was applied");
  });

  test("the canonical report is valid by a second validator", () => {
    const schema = JSON.parse(readFileSync(join(repository, "schemas", "report.schema.json"), "utf8"));
    const validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true, strictTypes: false }).compile(schema);
    assert.ok(validate(report), JSON.stringify(validate.errors, null, 2));
  });

  test("TAP is read as it was meant", () => {
    const points = [];
    const extra = [];
    const parser = new Parser({ strict: true });
    parser.on("assert", (point) => points.push(point));
    parser.on("extra", (text) => extra.push(text));
    parser.end(read("report.tap"));
    assert.deepEqual(extra, []);
    assert.equal(points.length, report.cases.length);
    assert.deepEqual(parser.failures.filter((failure) => failure.tapError), []);
    points.forEach((point, index) => {
      const { id, outcome, failures } = report.cases[index];
      assert.ok(point.name.startsWith(id), point.name);
      assert.equal(point.ok, !["fail", "error", "xfail"].includes(outcome), id);
      assert.equal(Boolean(point.skip), ["skip", "disabled"].includes(outcome), id);
      assert.equal(Boolean(point.todo), ["xfail", "xpass"].includes(outcome), id);
      assert.equal(point.diag?.failures?.length ?? 0, failures.length, id);
    });
    const clamped = points.find((point) => point.name.startsWith("RCS-LIST-PAGE-004"));
    assert.deepEqual([clamped.diag.failures[0].at, clamped.diag.failures[0].actual], ["/count", "250"]);
  });
});
