// Opens pages of the site as readers do, and prints what was seen as JSON: node look.js MODULES CHROMIUM SITE [PICTURES]
"use strict";
const [, , modules, chromium, site, pictures] = process.argv;
const fs = require("fs");
const path = require("path");
const playwright = require(`${modules}/playwright-core`);
const axe = fs.readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const flags = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
  "disable-component-update", "disable-sync"].map((flag) => `--${flag}`);
const pages = fs.readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html") && !name.startsWith("_"));
// One page of each kind: the front, prose with commands and tables, what is made of tables, a module.
const judged = ["index.html", "gate.html", "troubleshooting.html", "plugins/apply_module.html"];

async function look(browser, found, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme });
  const opened = await context.newPage();
  opened.on("request", (request) => { if (!request.url().startsWith("file://") && !request.url().startsWith("data:")) found.requests.push(request.url()); });
  opened.on("pageerror", (error) => found.errors.push(error.message));
  for (const name of pages) {
    await opened.goto(`file://${path.join(site, name)}`);
    const [wide, widest] = await opened.evaluate(() => {
      const beyond = [...document.querySelectorAll("article *")].find((part) => part.getBoundingClientRect().right > innerWidth + 1
        && !part.closest(".table-wrapper, pre, .highlight"));
      return [document.documentElement.scrollWidth > innerWidth, beyond ? beyond.outerHTML.slice(0, 200) : ""];
    });
    if (wide || widest) found.wide.push(`${name} at ${viewport.width}: ${widest}`);
    if (!judged.includes(name.split(path.sep).join("/"))) continue;
    await opened.evaluate(axe);
    const result = await opened.evaluate(() => window.axe.run());
    found.passes += result.passes.length;
    for (const fault of result.violations.filter((violation) => ["serious", "critical"].includes(violation.impact)))
      found.barriers.push(`${name}, ${colorScheme}: ${fault.id}: ${fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))}`);
    if (pictures) await opened.screenshot({ path: path.join(pictures, `${name.replace(/\W/g, "-")}-${viewport.width}-${colorScheme}.png`) });
  }
  await context.close();
}

(async () => {
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: flags });
  const found = { pages: pages.length, requests: [], errors: [], wide: [], barriers: [], passes: 0 };
  try {
    await look(browser, found, { width: 1280, height: 900 }, "light");
    await look(browser, found, { width: 375, height: 800 }, "dark");
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(found));
})().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
