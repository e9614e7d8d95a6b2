// People at terminals, each in a real browser of their own.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const browser = await chromium.launch({
  executablePath: process.env.MUSTER_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
browser.on("disconnected", () => process.exitCode === undefined && process.exit(3));

/**
 * A person's own browser, whose faults are what the page complained of. What `prepared` does is done in each of its pages
 * before anything else.
 */
export async function person(base, task, name, password, prepared = () => undefined) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 600 } });
  await context.addInitScript(prepared);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`${base}/terminal?task=${task}`);
  await page.fill("input[name=username]", name);
  await page.fill("input[name=password]", password);
  await page.click("#login button");
  await page.waitForSelector("#session:not([hidden])");
  return { page, faults };
}

export const text = (page) =>
  page.evaluate(() => {
    const buffer = window.muster.terminal.buffer.active;
    return Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i).translateToString(true)).join("\n");
  });

/** The bytes that a page has, from where to where. */
export const bytes = (page) =>
  page.evaluate(() => ({
    begin: window.muster.begin,
    next: window.muster.next,
    sum: window.muster.kept.flatMap((part) => Array.from(part)).reduce((sum, one) => (sum * 31 + one) >>> 0, 7),
  }));

export async function until(what, holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const shows = (one, wanted) => until(`"${wanted}" on the screen`, async () => (await text(one.page)).includes(wanted));

/** The terminal is as large as the window of who types. */
export const fits = (one) =>
  until("as large as its window", () =>
    one.page.evaluate(() => {
      const { cols, rows } = window.muster.fit.proposeDimensions();
      return window.muster.terminal.cols === cols && window.muster.terminal.rows === rows;
    }),
  );

export const types = (one, does) =>
  until(`types: ${does}`, () => one.page.evaluate((wanted) => window.muster.types === wanted, does));

export async function type(one, line) {
  await one.page.click("#screen");
  await one.page.keyboard.type(line);
  await one.page.keyboard.press("Enter");
}
