// Opens a page in Chromium as a reader does, and prints what was seen as JSON: node look.js MODULES CHROMIUM PAGE [barriers]
"use strict";
const [, , modules, chromium, page, barriers] = process.argv;
const fs = require("fs");
const playwright = require(`${modules}/playwright-core`);
const axe = fs.readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const flags = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
  "disable-component-update", "disable-sync"].map((flag) => `--${flag}`);
const address = `file://${page}`;

async function open(browser, options, fragment = "") {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const opened = await context.newPage();
  const seen = { requests: [], errors: [] };
  opened.on("request", (request) => { if (!request.url().startsWith(address) && !request.url().startsWith("blob:")) seen.requests.push(request.url()); });
  opened.on("pageerror", (error) => seen.errors.push(error.message));
  opened.on("dialog", (dialog) => { seen.errors.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  opened.on("console", (line) => { if (line.type() === "error") seen.errors.push(line.text()); });
  await opened.goto(address + fragment);
  return [opened, seen];
}

const shown = (opened) => opened.evaluate(() => document.querySelectorAll("#values-table tbody tr:not([hidden])").length);
const settled = (opened) => opened.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function widths(browser, found) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [375, 1280, 1920]) {
      const [opened, seen] = await open(browser, { viewport: { width, height: 900 }, colorScheme });
      const scrolls = await opened.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      found.widths.push({ width, colorScheme, scrolls, ...seen });
      await opened.context().close();
    }
    if (!barriers) continue;
    // The test's own script gets by the page's policy; nothing else does.
    const [opened] = await open(browser, { bypassCSP: true, viewport: { width: 1280, height: 900 }, colorScheme });
    await opened.addStyleTag({ content: "section { content-visibility: visible !important }" });
    await opened.evaluate(axe);
    const result = await opened.evaluate(() => window.axe.run());
    found.axe.push(...result.violations.map((one) => `${colorScheme}: ${one.id}: ${one.nodes.map((node) => node.html)}`));
    found.axe_passes = result.passes.length;
    await opened.context().close();
  }
}

async function reader(browser, found) {
  const [opened] = await open(browser, {});
  await opened.waitForSelector("body[data-ready]");
  found.rows = await shown(opened);
  // By the keyboard alone: a slash leads to the search, tabs lead on.
  await opened.keyboard.press("/");
  await opened.keyboard.type("smtp.host");
  await settled(opened);
  found.searched = await shown(opened);
  found.count = await opened.textContent("#values-count");
  await opened.keyboard.press("Tab");
  await opened.keyboard.press("ArrowDown");
  await settled(opened);
  found.chosen = await opened.evaluate(() => document.activeElement.value);
  found.filtered = await shown(opened);
  found.fragment = await opened.evaluate(() => location.hash);
  const [saved] = await Promise.all([opened.waitForEvent("download"), opened.click("#values-tools .save")]);
  found.csv = fs.readFileSync(await saved.path(), "utf8");
  // A search that finds all: the first rows at once, and then the others.
  await opened.fill("#values-tools input", "");
  await opened.selectOption("#values-tools select", "");
  await settled(opened);
  found.waiting = await opened.evaluate(() => {
    document.querySelector("#values-table th:nth-child(3) button").click();
    return document.querySelectorAll("#values-table tr.later").length;
  });
  await opened.waitForFunction(() => !document.querySelector("#values-table tr.later"));
  found.laid_out = await shown(opened);
  await opened.fill("#values-tools input", "smtp.host");
  await opened.selectOption("#values-tools select", found.chosen);
  await settled(opened);
  await opened.click("#values-table th:nth-child(4) button");
  found.sorted = await opened.evaluate(() => document.querySelector("#values-table th:nth-child(4)").getAttribute("aria-sort"));
  await opened.click("#theme");
  found.theme = await opened.evaluate(() => [document.documentElement.dataset.theme, location.hash]);
  const kept = await opened.evaluate(() => location.hash);
  await opened.context().close();
  const [again] = await open(browser, {}, kept);
  await again.waitForSelector("body[data-ready]");
  found.kept = await shown(again);
  found.kept_theme = await again.evaluate(() => document.documentElement.dataset.theme);
  found.row = await again.evaluate(() => document.querySelector("#values-table tbody tr").id);
  await again.context().close();
}

async function others(browser, found) {
  const [plain] = await open(browser, { javaScriptEnabled: false });
  found.without_script = await plain.locator("#values-table tbody tr").count();
  found.tools_without_script = await plain.locator(".tools").isVisible();
  await plain.context().close();
  const [linked] = await open(browser, {}, `#${found.row}`);
  found.linked = await linked.evaluate(() => document.querySelector(":target").id);
  await linked.emulateMedia({ media: "print", colorScheme: "dark" });
  found.print = await linked.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("nav")).display]);
  if (barriers) found.pdf = (await linked.pdf({ preferCSSPageSize: true })).subarray(0, 5).toString();
  await linked.context().close();
}

(async () => {
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: flags });
  const found = { widths: [], axe: [] };
  try {
    await widths(browser, found);
    await reader(browser, found);
    await others(browser, found);
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(found));
})().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
